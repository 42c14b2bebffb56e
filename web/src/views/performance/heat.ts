import { delegates } from "../../charts/spans";
import type { Row } from "../../rows";
import { stepAt } from "./responses";
import { type Grid, SPANS } from "./span";

/** Milliseconds up to which each column counts; beyond the last there is one more. */
export const EDGES = [10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 60_000] as const;
export const HEATS = 5;
const MOST = 12;

/** How many calls of a tool took how long. */
export interface Heat {
  readonly tool: string;
  readonly calls: number;
  /** One for each of `EDGES`, and one for what took longer. */
  readonly counts: readonly number[];
}

type Counts = Map<string, number[]>;

/**
 * Looks once at each row, as they come, and knows for each span that can be shown how long the calls of each tool took
 * that ended in it. A call of another agent is left out: it takes as long as that one works.
 */
export class Heats {
  readonly #steps = new Map(SPANS.map((span) => [span, new Map<number, Counts>()]));
  #first = Number.POSITIVE_INFINITY;
  #complete = false;

  add(row: Row): void {
    this.#first = Math.min(this.#first, row.seq);
    this.#count(row);
  }

  /** Rows of the history: those from before the first that was added. Told again, it is not heard. */
  addOlder(rows: readonly Row[]): void {
    if (this.#complete || rows.length === 0) return;
    this.#complete = true;
    for (const row of rows) if (row.seq < this.#first) this.#count(row);
  }

  /** The tools that were called most. */
  in({ span, times }: Grid): Heat[] {
    const steps = this.#steps.get(span);
    const all: Counts = new Map();
    for (const time of times) {
      for (const [tool, counts] of steps?.get(time / span.step) ?? []) {
        const sums = countsOf(all, tool);
        counts.forEach((count, index) => {
          sums[index] = (sums[index] ?? 0) + count;
        });
      }
    }
    const heats = [...all].map(([tool, counts]) => ({ tool, counts, calls: counts.reduce((sum, each) => sum + each) }));
    return heats.sort((one, other) => other.calls - one.calls || (one.tool < other.tool ? -1 : 1)).slice(0, MOST);
  }

  #count(row: Row): void {
    if (row.type !== "tool_use" || row.took === null || delegates(row) || Number.isNaN(row.time)) return;
    const at = columnOf(row.took);
    for (const [span, steps] of this.#steps) {
      const counts = countsOf(
        stepAt(steps, span, row.time, (): Counts => new Map()),
        row.tool,
      );
      counts[at] = (counts[at] ?? 0) + 1;
    }
  }
}

function countsOf(all: Counts, tool: string): number[] {
  const counts = all.get(tool) ?? new Array<number>(EDGES.length + 1).fill(0);
  all.set(tool, counts);
  return counts;
}

function columnOf(took: number): number {
  const at = EDGES.findIndex((edge) => took < edge);
  return at < 0 ? EDGES.length : at;
}

/** From 0 for none to 5 for the most of all; by its logarithm, for a few slow calls must be seen beside many fast ones. */
export function heat(count: number, most: number): number {
  if (count === 0) return 0;
  return most <= 1 ? HEATS : 1 + Math.round(((HEATS - 1) * Math.log(count)) / Math.log(most));
}
