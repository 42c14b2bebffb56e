import type { Json } from "../../patch";
import { plain, shortened } from "../../text";

export const FIRST = 64 * 1024;
const LONGEST = 2000;
const MOST = 200;

const BESIDE = new Set(["data", "event", "seq", "specversion"]);

/** The fields of `data`, and those of the envelope that are beside it; values as text. */
export interface Pretty {
  readonly data: readonly (readonly [string, string])[];
  readonly envelope: readonly (readonly [string, string])[];
}

export function prettyOf(event: { readonly [key: string]: Json }): Pretty {
  const { data } = event;
  const fields = typeof data === "object" && data !== null ? data : { data: data ?? null };
  return {
    data: listed(Object.entries(fields)),
    envelope: listed(Object.entries(event).filter(([key]) => !BESIDE.has(key))),
  };
}

function listed(entries: [string, Json][]): [string, string][] {
  const shown = entries
    .slice(0, MOST)
    .map(([key, value]): [string, string] => [plain(shortened(key, 100)), word(value)]);
  if (entries.length > MOST) shown.push(["…", `${entries.length - MOST} more are in the JSON`]);
  return shown;
}

function word(value: Json): string {
  if (typeof value === "string") return plain(shortened(value, LONGEST));
  return plain(shortened(JSON.stringify(value), LONGEST));
}

const REORDERING = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Indented JSON, in which nothing can hide or reorder what is around it. */
export function indented(json: string): string {
  const text = JSON.stringify(JSON.parse(json), null, 2);
  return text.replace(REORDERING, (mark) => `\\u${mark.charCodeAt(0).toString(16)}`);
}
