import { PatternError, type Test } from "./pattern-characters";
import { type Node, type Place, parsePattern } from "./pattern-parse";

/**
 * The patterns of `services/pattern.py`: the syntax of RE2, in either case. They are not run by JavaScript's RegExp: it
 * backtracks, so a link with `q=path~(a+)+$` would stop the page. This takes time linear in the text (Thompson).
 */
export interface Pattern {
  /** Whether it matches anywhere in the text. */
  test(text: string): boolean;
}

type Step =
  | { readonly kind: "one"; readonly test: Test }
  | { readonly kind: "place"; readonly place: Place }
  | { readonly kind: "fork"; readonly to: readonly number[] }
  | { readonly kind: "found" };

const LONGEST = 200;
const MOST_STEPS = 5000;

/** Throws a PatternError, whose message is a sentence. */
export function compiled(pattern: string): Pattern {
  if ([...pattern].length > LONGEST) throw new PatternError(`The pattern is longer than ${LONGEST} characters.`);
  try {
    const steps = program(parsePattern(pattern));
    return { test: (text) => found(steps, [...text]) };
  } catch (error) {
    if (error instanceof PatternError) throw new PatternError(`The pattern is not one of RE2: ${error.message}.`);
    throw error;
  }
}

function program(node: Node): Step[] {
  const steps: Step[] = [];
  write(node, steps);
  steps.push({ kind: "found" });
  return steps;
}

/** Writes steps that go on behind them where the node has matched. */
function write(node: Node, steps: Step[]): void {
  if (steps.length > MOST_STEPS) throw new PatternError("it is too large");
  if (node.kind === "one" || node.kind === "place") steps.push(node);
  else if (node.kind === "row") for (const part of node.parts) write(part, steps);
  else if (node.kind === "choice") writeChoice(node.parts, steps);
  else writeRepeat(node, steps);
}

function writeChoice(parts: readonly Node[], steps: Step[]): void {
  if (parts.length === 1) {
    for (const part of parts) write(part, steps);
    return;
  }
  const fork: number[] = [];
  const ends: number[][] = [];
  steps.push({ kind: "fork", to: fork });
  for (const part of parts) {
    fork.push(steps.length);
    write(part, steps);
    const end: number[] = [];
    steps.push({ kind: "fork", to: end });
    ends.push(end);
  }
  for (const end of ends) end.push(steps.length);
}

function writeRepeat({ part, min, max }: Node & { kind: "repeat" }, steps: Step[]): void {
  for (let time = 0; time < min; time += 1) write(part, steps);
  if (max === Number.POSITIVE_INFINITY) {
    const start = steps.length;
    const fork = [start + 1];
    steps.push({ kind: "fork", to: fork });
    write(part, steps);
    steps.push({ kind: "fork", to: [start] });
    fork.push(steps.length);
    return;
  }
  const skips: number[][] = [];
  for (let time = min; time < max; time += 1) {
    const fork = [steps.length + 1];
    steps.push({ kind: "fork", to: fork });
    skips.push(fork);
    write(part, steps);
  }
  for (const skip of skips) skip.push(steps.length);
}

function found(steps: readonly Step[], text: readonly string[]): boolean {
  let now: number[] = [];
  for (let at = 0; at <= text.length; at += 1) {
    const places = reached(steps, [...now, 0], text, at);
    if (places === "found") return true;
    now = [];
    for (const place of places) {
      const step = steps[place];
      if (step?.kind === "one" && at < text.length && step.test(text[at] ?? "")) now.push(place + 1);
    }
  }
  return false;
}

/** All steps that can be reached from these without a character. */
function reached(steps: readonly Step[], open: number[], text: readonly string[], at: number): Set<number> | "found" {
  const seen = new Set<number>();
  while (open.length > 0) {
    const place = open.pop() ?? 0;
    const step = steps[place];
    if (!step || seen.has(place)) continue;
    if (step.kind === "found") return "found";
    seen.add(place);
    if (step.kind === "fork") open.push(...step.to);
    else if (step.kind === "place" && isAt(step.place, text, at)) open.push(place + 1);
  }
  return seen;
}

function isAt(place: Place, text: readonly string[], at: number): boolean {
  if (place === "start") return at === 0;
  if (place === "end") return at === text.length;
  if (place === "line start") return at === 0 || text[at - 1] === "\n";
  if (place === "line end") return at === text.length || text[at] === "\n";
  return (isWord(text[at - 1]) !== isWord(text[at])) === (place === "word edge");
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /^\w$/.test(character);
}
