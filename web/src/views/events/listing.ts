import type { Rows, Tape } from "../../ring";
import type { Row } from "../../rows";

/** What a list shows of the rows there are. */
export interface Wanted {
  readonly test: (row: Row) => boolean;
  /** Whether the beginning of a tool call goes away when its end is there, which has all that the beginning had. */
  readonly grouped: boolean;
}

const MOST_OPEN = 5000;

/**
 * The wanted ones of rows that go on, looked at once each. Rows go away in the middle, when a call has ended: those
 * before them move up by one, so that the number of a row after them, and how many have come, stay what they were.
 */
export class Listing implements Tape<Row> {
  #numbers: number[] = [];
  #first = 0;
  #next = 0;
  #source: Tape<Row> = NONE;
  readonly #open = new Map<string, number>();
  /** Ends of calls, by their numbers, that say what only the beginning said. */
  readonly #told = new Map<number, Row>();

  constructor(readonly wanted: Wanted) {}

  get first(): number {
    return this.#first;
  }

  get end(): number {
    return this.#first + this.#numbers.length;
  }

  at(number: number): Row | undefined {
    const at = this.#numbers[number - this.#first] ?? -1;
    return this.#told.get(at) ?? this.#source.at(at);
  }

  frozen(): Rows<Row> {
    const [first, end, numbers, source] = [this.#first, this.end, this.#numbers.slice(), this.#source.frozen()];
    const told = new Map(this.#told);
    return {
      first,
      end,
      at: (number) => {
        const at = numbers[number - first] ?? -1;
        return told.get(at) ?? source.at(at);
      },
    };
  }

  /** Looks at what has come; what is gone from `rows`, or was stored before `since`, goes away here too. */
  take(rows: Tape<Row>, since: number): this {
    this.#source = rows;
    for (let number = Math.max(this.#next, rows.first); number < rows.end; number += 1) {
      const row = rows.at(number);
      if (row && this.wanted.test(row)) this.#add(row, number);
    }
    this.#next = rows.end;
    this.#trim(rows, since);
    return this;
  }

  #add(row: Row, number: number): void {
    const call = this.wanted.grouped ? callOf(row) : "";
    if (call !== "" && row.word === "started") {
      this.#open.set(call, number);
      if (this.#open.size > MOST_OPEN) this.#open.delete(this.#open.keys().next().value ?? "");
    } else if (call !== "") this.#close(call, row, number);
    this.#numbers.push(number);
  }

  #close(call: string, end: Row, at: number): void {
    const number = this.#open.get(call);
    if (number === undefined) return;
    this.#open.delete(call);
    const begun = this.#source.at(number);
    if (begun && saysLess(end, begun)) this.#told.set(at, told(end, begun));
    const index = indexOf(this.#numbers, number);
    if (index < 0) return;
    this.#numbers.splice(index, 1);
    this.#first += 1;
  }

  #trim(rows: Tape<Row>, since: number): void {
    const kept = this.#numbers.findIndex((number) => number >= rows.first && isSince(rows.at(number), since));
    const gone = kept < 0 ? this.#numbers.length : kept;
    if (gone === 0) return;
    for (const number of this.#numbers.splice(0, gone)) this.#told.delete(number);
    this.#first += gone;
  }
}

const NONE: Tape<Row> = { first: 0, end: 0, at: () => undefined, frozen: () => NONE };

function isSince(row: Row | undefined, since: number): boolean {
  return row !== undefined && !(timeOf(row) < since);
}

/** When it was stored, or else when it happened. */
export function timeOf(row: Row): number {
  return Number.isNaN(row.stored) ? row.time : row.stored;
}

/** The same for the beginning and the end of a tool call; "" for what is none. */
export function callOf({ type, call, project, session }: Row): string {
  return type === "tool_use" && call !== "" ? `${project} ${session} ${call}` : "";
}

/** Whether the end of a call does not say all that it was called with, for which there may have been no room. */
function saysLess({ tool, word, about }: Row, begun: Row): boolean {
  const cut = word === "finished" && about.endsWith("…") && about.length < begun.about.length;
  return cut || about === tool || about === `${tool} ${word}` || about === word;
}

/** The end of a call with what its beginning says: `Bash failed pytest -q`. */
function told(end: Row, begun: Row): Row {
  const tool = end.tool || begun.tool;
  const rest = begun.about.replace(`${begun.tool} ${begun.word}`, "").trim();
  const about = [tool, end.word === "finished" ? "" : end.word, rest].filter(Boolean).join(" ");
  return { ...end, tool, about };
}

/** The place of a number among numbers in their order; -1 where it is not there. */
function indexOf(numbers: readonly number[], wanted: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  return numbers[low] === wanted ? low : -1;
}

/** Without the beginnings of calls whose ends are there. */
export function folded(rows: readonly Row[]): readonly Row[] {
  const ended = new Set(rows.filter(({ word }) => word !== "started").map(callOf));
  ended.delete("");
  return rows.filter((row) => row.word !== "started" || !ended.has(callOf(row)));
}

/** Older rows before those that go on. */
export function joined(older: readonly Row[], newer: Tape<Row>): Tape<Row> {
  if (older.length === 0) return newer;
  const behind = (from: Rows<Row>): Rows<Row> => {
    const first = from.first - older.length;
    return { first, end: from.end, at: (number) => (number < from.first ? older[number - first] : from.at(number)) };
  };
  return { ...behind(newer), frozen: () => behind(newer.frozen()) };
}
