/** What a query consists of: the AST that `services/query.py` describes and `tests/fixtures/query.json` holds. */
export interface Query {
  readonly terms: readonly Term[];
}

export type Term = Match | Regex | Compare | When | Words;

/** Where it stands in the text: from `start` up to before `end`, in UTF-16 units as JavaScript counts. */
interface Place {
  readonly start: number;
  readonly end: number;
  readonly not?: true;
}

export type Name = (typeof NAMES)[number] | "id";
export type NumberField = "dur" | "size" | "seq" | "level" | "waiting";
export type Operator = "=" | ">" | ">=" | "<" | "<=";

export interface Value {
  readonly text: string;
  readonly glob?: true;
}

export interface Match extends Place {
  readonly kind: "match";
  readonly field: Name;
  readonly values: readonly Value[];
}

export interface Regex extends Place {
  readonly kind: "regex";
  readonly field: Name;
  readonly pattern: string;
}

export interface Compare extends Place {
  readonly kind: "compare";
  readonly field: NumberField;
  readonly op: Operator;
  readonly values: readonly number[];
}

/** One of `ago` (seconds), `clock` (seconds of the day in UTC) and `at` (RFC 3339). */
export interface When extends Place {
  readonly kind: "time";
  readonly field: "after" | "before";
  readonly ago?: number;
  readonly clock?: number;
  readonly at?: string;
}

export interface Words extends Place {
  readonly kind: "words";
  readonly words: readonly string[];
  readonly prefix?: true;
}

/** What is wrong with a query, as a sentence, and where. */
export interface Fault {
  readonly message: string;
  readonly start: number;
  readonly end: number;
}

export const NAMES = [
  "type",
  "agent",
  "agent_id",
  "session",
  "project",
  "source",
  "host",
  "tool",
  "phase",
  "path",
  "op",
  "model",
] as const;

export const FIELDS = [...NAMES, "id", "dur", "size", "seq", "level", "is", "after", "before"] as const;
export type Field = (typeof FIELDS)[number];

export const LEVELS = ["debug", "info", "warn", "error"];
export const ERROR = 3;

/** The words of a text: runs of letters and digits, in lower case. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}
