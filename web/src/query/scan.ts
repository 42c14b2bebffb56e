import type { Fault } from "./terms";

/** Thrown and caught inside the parser. */
export class QueryError extends Error implements Fault {
  constructor(
    override readonly message: string,
    readonly start: number,
    readonly end: number,
  ) {
    super(message);
  }
}

/** What stands before the values of a term. */
export interface Head {
  readonly start: number;
  readonly not: boolean;
  readonly name: string;
  readonly op: string;
  readonly end: number;
}

/** A value as it stands there, without its quotes. */
export interface Written {
  readonly text: string;
  readonly quoted: boolean;
  readonly start: number;
  readonly end: number;
}

/** White space as Python knows it, so that page and server cut a text alike. */
const SPACE = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const SPACES = new RegExp(`[${SPACE}]*`, "y");
const HEAD = /(-?)([A-Za-z_][\p{L}\p{N}_]*)(:|~|>=|<=|>|<)/uy;
const QUOTED = /"((?:[^"\\]|\\.)*)"/sy;
const BARE = new RegExp(`[^${SPACE}"]+`, "y");
const LISTED = new RegExp(`[^${SPACE}",]+`, "y");
const FREE = new RegExp(`[^${SPACE}]+`, "y");

function matchAt(expression: RegExp, text: string, at: number): RegExpExecArray | null {
  expression.lastIndex = at;
  return expression.exec(text);
}

export function afterSpace(text: string, at: number): number {
  return at + (matchAt(SPACES, text, at)?.[0].length ?? 0);
}

export function headAt(text: string, start: number): Head | null {
  const found = matchAt(HEAD, text, start);
  if (!found) return null;
  const [whole, minus, name = "", op = ""] = found;
  return { start, not: minus === "-", name, op, end: start + whole.length };
}

/** Free words, quoted or up to the next space. */
export function freeAt(text: string, at: number): Written {
  if (text[at] === '"') return complete(text, quotedAt(text, at), "");
  const bare = matchAt(FREE, text, at)?.[0] ?? "";
  return { text: bare, quoted: false, start: at, end: at + bare.length };
}

/** The values from there on; only after `:` there may be several. */
export function valuesAt(text: string, head: Head): [Written, ...Written[]] {
  const values: [Written, ...Written[]] = [valueAt(text, head, head.end)];
  for (let last = values[0]; text[last.end] === ","; values.push(last)) last = valueAt(text, head, last.end + 1);
  return values;
}

function valueAt(text: string, head: Head, at: number): Written {
  const separators = head.op === ":" ? "," : "";
  if (text[at] === '"') return complete(text, quotedAt(text, at), separators);
  const bare = matchAt(separators ? LISTED : BARE, text, at)?.[0];
  if (bare === undefined) throw new QueryError(`A value is missing after ${text.slice(head.start, at)}`, at - 1, at);
  return complete(text, { text: bare, quoted: false, start: at, end: at + bare.length }, separators);
}

function quotedAt(text: string, at: number): Written {
  const found = matchAt(QUOTED, text, at);
  if (!found) throw new QueryError("This quote is never closed.", at, text.length);
  return { text: found[1] ?? "", quoted: true, start: at, end: at + found[0].length };
}

function complete(text: string, written: Written, separators: string): Written {
  const following = text.slice(written.end, written.end + 1);
  if (following && afterSpace(following, 0) === 0 && !separators.includes(following)) {
    const message = "A quote must stand around the whole value, with a space after it.";
    throw new QueryError(message, written.start, written.end + 1);
  }
  return written;
}
