import { EndedCalls } from "./ended";
import type { Grid } from "./span";

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

/** How long the calls of each tool took. */
export class Heats extends EndedCalls<Counts> {
  constructor() {
    super(
      () => new Map(),
      (counts, { tool, took }) => count(countsOf(counts, tool), columnOf(took), 1),
    );
  }

  /** The tools that were called most. */
  in(grid: Grid): Heat[] {
    const all: Counts = new Map();
    for (const step of this.steps(grid)) {
      for (const [tool, counts] of step ?? []) {
        const sums = countsOf(all, tool);
        counts.forEach((calls, column) => {
          count(sums, column, calls);
        });
      }
    }
    const heats = [...all].map(([tool, counts]) => ({ tool, counts, calls: counts.reduce((sum, each) => sum + each) }));
    return heats.sort((one, other) => other.calls - one.calls || (one.tool < other.tool ? -1 : 1)).slice(0, MOST);
  }
}

function count(counts: number[], column: number, calls: number): void {
  counts[column] = (counts[column] ?? 0) + calls;
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
export function heat(calls: number, most: number): number {
  if (calls === 0) return 0;
  return most <= 1 ? HEATS : 1 + Math.round(((HEATS - 1) * Math.log(calls)) / Math.log(most));
}
