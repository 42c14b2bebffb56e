import { written } from "./edit";
import { FIELDS, type Field } from "./terms";

/** What may be written in place of `start` up to `end` of a text. */
export interface Suggestion {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** What it is, beside it. */
  readonly hint: string;
  /** Whether it wants something after it: a field its value. */
  readonly open: boolean;
}

/** The values there are, with what they are; the likeliest first. */
export type Known = { readonly [Name in Field]?: readonly (readonly [value: string, hint: string])[] };

const MOST = 8;

const HINTS: { readonly [Name in Field]: string } = {
  type: "the kind of event",
  agent: "an agent's name",
  agent_id: "tells agents of one name apart",
  session: "the beginning of a session's id",
  project: "a project",
  source: "what sent it",
  host: "the machine",
  tool: "a tool's name",
  phase: "started, finished, failed, denied",
  path: "a file; also path~pattern",
  op: "read, write, edit, delete",
  model: "a model's name",
  id: "the event's own id",
  dur: "dur>200, dur>1.5m",
  size: "size>10kb",
  seq: "seq>48000",
  level: "level>=warn",
  is: "error or waiting",
  after: "stored since: -15m, 21:28",
  before: "stored earlier than that",
};

const HEAD = /^(-?)([a-z_]+)(:|~|>=|<=|>|<)(.*)$/is;

/** What may be meant at the caret. */
export function suggest(text: string, caret: number, known: Known): Suggestion[] {
  const start = tokenStart(text, caret);
  const token = text.slice(start, caret);
  const [, minus = "", name = "", op = "", rest = ""] = HEAD.exec(token) ?? [];
  if (op === "") return fieldsFor(token, start, caret);
  const field = FIELDS.find((each) => each === name.toLowerCase());
  if (!field || op === "~") return [];
  const last = op === ":" ? rest.lastIndexOf(",") + 1 : 0;
  const at = start + minus.length + name.length + op.length + last;
  return valuesFor(known[field] ?? [], rest.slice(last), at, caret);
}

/** Where the term begins in which the caret stands; spaces within quotes do not end one. */
function tokenStart(text: string, caret: number): number {
  let start = 0;
  let quoted = false;
  for (let at = 0; at < caret; at += 1) {
    if (text[at] === "\\" && quoted) at += 1;
    else if (text[at] === '"') quoted = !quoted;
    else if (!quoted && /\s/.test(text[at] ?? "")) start = at + 1;
  }
  return start;
}

function fieldsFor(token: string, start: number, end: number): Suggestion[] {
  const minus = token.startsWith("-") ? 1 : 0;
  const begun = token.slice(minus).toLowerCase();
  return FIELDS.filter((field) => field.startsWith(begun))
    .slice(0, MOST)
    .map((field) => ({ text: `${field}:`, start: start + minus, end, hint: HINTS[field], open: true }));
}

function valuesFor(
  pairs: readonly (readonly [string, string])[],
  begun: string,
  start: number,
  end: number,
): Suggestion[] {
  const wanted = begun.replace(/^"/, "").toLowerCase();
  const found = pairs.filter(([value]) => value.toLowerCase().includes(wanted) && value.toLowerCase() !== wanted);
  const first = found.filter(([value]) => value.toLowerCase().startsWith(wanted));
  return [...new Set([...first, ...found])]
    .slice(0, MOST)
    .map(([value, hint]) => ({ text: written(value), start, end, hint, open: false }));
}

/** The text with the suggestion in it, and where the caret stands then. */
export function accepted(text: string, { text: put, start, end, open }: Suggestion): readonly [string, number] {
  const after = text.slice(end);
  const space = open || /^[\s,]/.test(after) ? "" : " ";
  return [text.slice(0, start) + put + space + after, start + put.length + space.length];
}
