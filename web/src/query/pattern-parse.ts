import { bracketed, escaped, literal, namedClass, PatternError, Reader, type Test } from "./pattern-characters";

/** What a pattern says; greediness is left out, since it does not matter whether something matches. */
export type Node =
  | { readonly kind: "one"; readonly test: Test }
  | { readonly kind: "place"; readonly place: Place }
  | { readonly kind: "row"; readonly parts: readonly Node[] }
  | { readonly kind: "choice"; readonly parts: readonly Node[] }
  | { readonly kind: "repeat"; readonly part: Node; readonly min: number; readonly max: number };

export type Place = "start" | "end" | "line start" | "line end" | "word edge" | "no word edge";

interface Flags {
  readonly i: boolean;
  readonly m: boolean;
  readonly s: boolean;
}

const MOST_REPEATS = 1000;
const PLACES = new Map<string, Place>([
  ["A", "start"],
  ["z", "end"],
  ["b", "word edge"],
  ["B", "no word edge"],
]);

/** Throws a PatternError, whose message goes on after "The pattern is not one of RE2: ". */
export function parsePattern(pattern: string): Node {
  const reader = new Reader(pattern);
  const node = choice(reader, { i: true, m: false, s: false });
  if (!reader.ended()) throw new PatternError("a ) stands without its (");
  checkRepeats(node, MOST_REPEATS);
  return node;
}

function choice(reader: Reader, flags: Flags): Node {
  const parts: Node[] = [];
  let now = flags;
  let row: Node[] = [];
  while (!reader.ended() && reader.peek() !== ")") {
    if (reader.peek() === "|") {
      reader.take();
      parts.push({ kind: "row", parts: row });
      row = [];
      continue;
    }
    const flagged = reader.takeMatch(/^\(\?([imsU]*)(?:-([imsU]+))?\)/);
    if (flagged) now = changed(now, flagged[1], flagged[2]);
    else row.push(...atoms(reader, now));
    repeatLast(reader, row);
  }
  parts.push({ kind: "row", parts: row });
  return { kind: "choice", parts };
}

function changed(flags: Flags, on = "", off = ""): Flags {
  const is = (flag: "i" | "m" | "s") => (flags[flag] || on.includes(flag)) && !off.includes(flag);
  return { i: is("i"), m: is("m"), s: is("s") };
}

function atoms(reader: Reader, flags: Flags): Node[] {
  const quoted = reader.takeMatch(/^\\Q(.*?)(?:\\E|$)/s);
  if (!quoted) return [atom(reader, flags)];
  return [...(quoted[1] ?? "")].map((each) => ({ kind: "one", test: literal(each, flags.i) }));
}

/** What stands between, as flags do, is none of what is repeated. */
function repeatLast(reader: Reader, row: Node[]): void {
  const times = repeat(reader);
  if (!times) return;
  const last = row.pop();
  if (!last) throw new PatternError("there is nothing to repeat");
  if (repeat(reader)) throw new PatternError("a repetition is repeated");
  row.push({ kind: "repeat", part: last, ...times });
}

function repeat(reader: Reader): { min: number; max: number } | null {
  const found = reader.takeMatch(/^(?:([*+?])|\{(\d{1,9})(,?)(\d{0,9})\})\??/);
  if (!found) return null;
  const [whole, sign, low = "0", comma, high] = found;
  if (sign) return { min: sign === "+" ? 1 : 0, max: sign === "?" ? 1 : Number.POSITIVE_INFINITY };
  const min = Number(low);
  const max = high ? Number(high) : comma ? Number.POSITIVE_INFINITY : min;
  if (min > max || min > MOST_REPEATS || (max > MOST_REPEATS && high))
    throw new PatternError(`${whole} repeats too often`);
  return { min, max };
}

function atom(reader: Reader, flags: Flags): Node {
  const character = reader.peek();
  if (character === "(") return group(reader, flags);
  if (character === "\\") return afterBackslash(reader, flags);
  if (repeat(reader)) throw new PatternError("there is nothing to repeat");
  reader.take();
  if (character === "[") return { kind: "one", test: bracketed(reader, flags.i) };
  if (character === "^") return { kind: "place", place: flags.m ? "line start" : "start" };
  if (character === "$") return { kind: "place", place: flags.m ? "line end" : "end" };
  if (character === ".") return { kind: "one", test: flags.s ? () => true : (each) => each !== "\n" };
  return { kind: "one", test: literal(character, flags.i) };
}

function group(reader: Reader, flags: Flags): Node {
  const head = reader.takeMatch(/^\((?:\?P?<([\p{L}\p{N}_]+)>|\?([imsU]*)(?:-([imsU]+))?:|(?!\?))/u);
  if (!head) throw new PatternError(`${reader.takeMatch(/^\(\?.{0,2}/u)?.[0]} is no group; RE2 has no lookaround`);
  const node = choice(reader, changed(flags, head[2], head[3]));
  if (reader.take() !== ")") throw new PatternError("a ) is missing");
  return node;
}

function afterBackslash(reader: Reader, flags: Flags): Node {
  const place = PLACES.get(reader.peek(1));
  if (place) {
    reader.at += 2;
    return { kind: "place", place };
  }
  if (/[1-9]/.test(reader.peek(1)) && !/[0-7]/.test(reader.peek(2)))
    throw new PatternError("RE2 has no backreferences");
  const named = namedClass(reader, flags.i);
  return { kind: "one", test: named ?? literal(escaped(reader), flags.i) };
}

/** As RE2 does: repetitions inside each other count together. */
function checkRepeats(node: Node, left: number): void {
  if (node.kind === "row" || node.kind === "choice") {
    for (const part of node.parts) checkRepeats(part, left);
  } else if (node.kind === "repeat") {
    const times = Number.isFinite(node.max) ? node.max : node.min;
    const inside = Math.floor(left / Math.max(1, times));
    if (inside === 0) throw new PatternError("it repeats repetitions too often");
    checkRepeats(node.part, inside);
  }
}
