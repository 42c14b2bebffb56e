import { compiled } from "./pattern";
import {
  type Compare,
  type Match,
  type Name,
  type Operator,
  type Query,
  type Regex,
  type Term,
  type Words,
  wordsOf,
} from "./terms";
import { moment } from "./when";

/**
 * The columns of an event that a query looks at, as `services/row.py` has them; times in milliseconds. Missing names
 * are empty, missing numbers null.
 */
export type Columns = { readonly [Field in Name]: string } & {
  readonly seq: number;
  readonly stored: number;
  readonly dur: number | null;
  readonly size: number | null;
  readonly level: number;
  readonly waiting: boolean;
  readonly text: string;
};

/** Whether an event is one of those that are looked for at the time `now`. */
export function matches(query: Query, row: Columns, now: number): boolean {
  return tester(query, now)(row);
}

/** The same for many events, at one time. */
export function tester(query: Query, now: number): (row: Columns) => boolean {
  const tests = query.terms.map((term) => {
    const test = termTester(term, now);
    return term.not ? (row: Columns) => !test(row) : test;
  });
  return (row) => tests.every((test) => test(row));
}

function termTester(term: Term, now: number): (row: Columns) => boolean {
  if (term.kind === "words") return wordsTester(term);
  if (term.kind === "compare") return compareTester(term);
  if (term.kind === "time") {
    const at = moment(term, now);
    return term.field === "after" ? ({ stored }) => stored >= at : ({ stored }) => stored < at;
  }
  const { field } = term;
  const test = remembered(nameTester(term));
  return (row) => test(fold(field, row[field]));
}

function fold(field: Name, text: string): string {
  return field === "id" ? text : text.toLowerCase();
}

const REMEMBERED = 5000;

/** Names repeat themselves, so most are decided once. */
function remembered(test: (text: string) => boolean): (text: string) => boolean {
  const known = new Map<string, boolean>();
  return (text) => {
    let answer = known.get(text);
    if (answer === undefined) {
      if (known.size >= REMEMBERED) known.clear();
      answer = test(text);
      known.set(text, answer);
    }
    return answer;
  };
}

function nameTester(term: Match | Regex): (text: string) => boolean {
  if (term.kind === "regex") {
    const pattern = compiled(term.pattern);
    return (text) => text !== "" && pattern.test(text);
  }
  const whole = new Set(term.values.filter(({ glob }) => !glob).map(({ text }) => fold(term.field, text)));
  const globs = term.values.filter(({ glob }) => glob).map(({ text }) => fold(term.field, text).split("*"));
  return (text) => whole.has(text) || globs.some((parts) => fits(text, parts));
}

/** Whether the parts stand in the text in this order, the first at its beginning and the last at its end. */
function fits(text: string, parts: readonly string[]): boolean {
  const [first = "", last = ""] = [parts[0], parts.at(-1)];
  let at = first.length;
  const end = text.length - last.length;
  if (text === "" || at > end || !text.startsWith(first) || !text.endsWith(last)) return false;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

const COMPARISONS: { readonly [Sign in Operator]: (one: number, other: number) => boolean } = {
  "=": (one, other) => one === other,
  ">": (one, other) => one > other,
  ">=": (one, other) => one >= other,
  "<": (one, other) => one < other,
  "<=": (one, other) => one <= other,
};

function compareTester({ field, op, values }: Compare): (row: Columns) => boolean {
  const compare = COMPARISONS[op];
  return (row) => {
    const number = field === "waiting" ? Number(row.waiting) : row[field];
    return number !== null && values.some((value) => compare(number, value));
  };
}

/** Whether the words of the term stand one after the other. */
function wordsTester({ words, prefix }: Words): (row: Columns) => boolean {
  const before = words.slice(0, -1);
  const last = words.at(-1) ?? "";
  const ends = (word: string | undefined) => (prefix ? word?.startsWith(last) : word === last) ?? false;
  return ({ text }) => {
    const found = wordsOf(text);
    return found.some(
      (_, start) => ends(found[start + before.length]) && before.every((word, i) => found[start + i] === word),
    );
  };
}
