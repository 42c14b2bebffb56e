import { compiled } from "./pattern";
import { PatternError } from "./pattern-characters";
import { afterSpace, freeAt, type Head, headAt, QueryError, valuesAt, type Written } from "./scan";
import {
  type Compare,
  ERROR,
  type Fault,
  FIELDS,
  type Field,
  LEVELS,
  type Name,
  type NumberField,
  type Operator,
  type Query,
  type Term,
  type Value,
  type Words,
  wordsOf,
} from "./terms";
import { whenOf } from "./when";

const LONGEST = 1000;
const MOST_TERMS = 50;

const ALIASES = new Map([
  ["file", "path"],
  ["operation", "op"],
  ["action", "phase"],
  ["duration", "dur"],
]);

const UNITS = {
  dur: { ms: 1, s: 1000, m: 60_000, h: 3_600_000 },
  size: { b: 1, kb: 1000, mb: 1000 ** 2, gb: 1000 ** 3, kib: 1024, mib: 1024 ** 2, gib: 1024 ** 3 },
  seq: {},
} as const;

const OPERATORS = new Map<string, Operator>([
  [":", "="],
  [">", ">"],
  [">=", ">="],
  ["<", "<"],
  ["<=", "<="],
]);

type Outcome = { readonly query: Query; readonly error?: never } | { readonly error: Fault; readonly query?: never };
type Values = [Written, ...Written[]];

/** The grammar of `services/query.py`. */
export function parse(text: string): Outcome {
  try {
    return { query: { terms: termsOf(text) } };
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    return { error: { message: error.message, start: error.start, end: error.end } };
  }
}

function termsOf(text: string): Term[] {
  if ([...text].length > LONGEST) {
    throw new QueryError(`A query has at most ${LONGEST} characters.`, LONGEST, text.length);
  }
  const terms: Term[] = [];
  for (let at = afterSpace(text, 0); at < text.length; ) {
    const term = termAt(text, at);
    terms.push(term);
    if (terms.length > MOST_TERMS) {
      throw new QueryError(`A query has at most ${MOST_TERMS} terms.`, term.start, text.length);
    }
    at = afterSpace(text, term.end);
  }
  return terms;
}

function termAt(text: string, start: number): Term {
  const head = headAt(text, start);
  if (!head) return freeWords(text, start);
  const field = fieldOf(head);
  return build(field, { ...head, name: field }, valuesAt(text, head));
}

function fieldOf({ name, start, not }: Head): Field {
  const low = name.toLowerCase();
  const field = FIELDS.find((each) => each === (ALIASES.get(low) ?? low));
  if (field) return field;
  const at = start + (not ? 1 : 0);
  const message = `There is no field ${name}; there are ${FIELDS.join(", ")}. Put it in quotes to look for words.`;
  throw new QueryError(message, at, at + name.length);
}

function build(field: Field, head: Head, values: Values): Term {
  if (field === "dur" || field === "size" || field === "seq") {
    return comparison(field, head, values, (written) => numberOf(field, written));
  }
  if (field === "level") return comparison(field, head, values, levelOf);
  if (field === "is") return isTerm(head, values);
  if (field === "after" || field === "before") return timeTerm(field, head, values);
  return field === "id" ? idTerm(head, values) : nameTerm(field, head, values);
}

function placeOf({ start, not }: Head, values: Values): { start: number; end: number; not?: true } {
  const end = (values.at(-1) ?? values[0]).end;
  return not ? { start, end, not } : { start, end };
}

function freeWords(text: string, start: number): Words {
  const not = text[start] === "-";
  const written = freeAt(text, start + (not ? 1 : 0));
  const words = wordsOf(written.text);
  if (words.length === 0) throw new QueryError("There is no letter or digit here to look for.", start, written.end);
  const place = { start, end: written.end, ...(not && ({ not: true } as const)) };
  return { kind: "words", ...place, words, ...(!written.quoted && ({ prefix: true } as const)) };
}

function nameTerm(field: Name, head: Head, values: Values): Term {
  checkOperator(head, [":", "~"]);
  const place = placeOf(head, values);
  if (head.op === ":") return { kind: "match", ...place, field, values: values.map((each) => nameValue(field, each)) };
  const [written] = values;
  const pattern = written.quoted ? written.text.replaceAll('\\"', '"') : written.text;
  try {
    compiled(pattern);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw new QueryError(error.message, written.start, written.end);
  }
  return { kind: "regex", ...place, field, pattern };
}

function nameValue(field: Name, { text, quoted }: Written): Value {
  if (quoted) return { text: text.replace(/\\(["\\])/g, "$1") };
  if (field === "session" && !text.includes("*")) return { text: `${text}*`, glob: true };
  return text.includes("*") ? { text, glob: true } : { text };
}

function idTerm(head: Head, values: Values): Term {
  checkOperator(head, [":"]);
  return { kind: "match", ...placeOf(head, values), field: "id", values: values.map(({ text }) => ({ text })) };
}

function comparison(field: NumberField, head: Head, values: Values, read: (written: Written) => number): Compare {
  checkOperator(head, [...OPERATORS.keys()]);
  const op = OPERATORS.get(head.op) ?? "=";
  if (op !== "=") only(head, values);
  return { kind: "compare", ...placeOf(head, values), field, op, values: values.map(read) };
}

function numberOf(field: keyof typeof UNITS, { text, start, end }: Written): number {
  const units: Record<string, number> = UNITS[field];
  const [, digits, unit = ""] = /^([0-9]{1,15}(?:\.[0-9]{1,6})?)([A-Za-z]*)$/.exec(text) ?? [];
  const factor = unit === "" ? 1 : Object.hasOwn(units, unit.toLowerCase()) ? units[unit.toLowerCase()] : undefined;
  if (digits !== undefined && factor !== undefined) return Number(digits) * factor;
  const known = Object.keys(units).join(", ");
  throw new QueryError(`${field} takes a number${known && `, or one with ${known} after it`}.`, start, end);
}

function levelOf({ text, start, end }: Written): number {
  const low = text.toLowerCase();
  const level = LEVELS.indexOf(low === "warning" ? "warn" : low);
  if (level < 0) throw new QueryError("A level is debug, info, warn or error.", start, end);
  return level;
}

function isTerm(head: Head, values: Values): Compare {
  checkOperator(head, [":"]);
  const { text, start, end } = only(head, values);
  const low = text.toLowerCase();
  if (low !== "error" && low !== "waiting") throw new QueryError("is: takes error or waiting.", start, end);
  const meant =
    low === "error" ? ({ field: "level", values: [ERROR] } as const) : ({ field: low, values: [1] } as const);
  return { kind: "compare", ...placeOf(head, values), op: "=", ...meant };
}

function timeTerm(field: "after" | "before", head: Head, values: Values): Term {
  checkOperator(head, [":"]);
  return { kind: "time", ...placeOf(head, values), field, ...whenOf(only(head, values)) };
}

function only(head: Head, values: Values): Written {
  const [first] = values;
  if (values.length === 1) return first;
  throw new QueryError(`${head.name}${head.op} takes one value.`, first.start, placeOf(head, values).end);
}

function checkOperator(head: Head, operators: readonly string[]): void {
  if (operators.includes(head.op)) return;
  const message = `${head.name} takes ${operators.join(" or ")}, not ${head.op}.`;
  throw new QueryError(message, head.end - head.op.length, head.end);
}
