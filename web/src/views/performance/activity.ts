import type { ActivityForm, Count } from "../../contract";
import type { Json } from "../../patch";
import type { Grid } from "./span";

/** What happened in each step of a grid. */
export interface Happened {
  readonly events: number[];
  readonly errors: number[];
  readonly tokens: number[];
}

interface Projects {
  readonly projects?: { readonly [name: string]: { readonly activity?: Partial<ActivityForm> } };
}

/**
 * Summed over all projects of the state, which has the last two minutes by the second and the last two hours by the
 * minute. Steps between the two are shares of a minute, where the seconds do not go back so far.
 */
export function happened(state: Json, grid: Grid): Happened {
  const sums = { events: zeros(grid), errors: zeros(grid), tokens: zeros(grid) };
  for (const { activity = {} } of Object.values((state as Projects | null)?.projects ?? {})) {
    const { seconds = {}, minutes = {} } = activity;
    const since = firstOf(seconds);
    if (grid.span.step >= 60_000) {
      for (const [second, count] of Object.entries(minutes)) add(sums, grid, Number(second) * 1000, count, 1);
      continue;
    }
    for (const [second, count] of Object.entries(seconds)) add(sums, grid, Number(second) * 1000, count, 1);
    for (const [second, count] of Object.entries(minutes)) spread(sums, grid, Number(second) * 1000, count, since);
  }
  return sums;
}

function zeros({ times }: Grid): number[] {
  return times.map(() => 0);
}

function firstOf(seconds: { readonly [second: string]: unknown }): number {
  return Object.keys(seconds).reduce((least, each) => Math.min(least, Number(each) * 1000), Number.POSITIVE_INFINITY);
}

function add(sums: Happened, { slot, times }: Grid, time: number, count: Count, share: number): void {
  const at = slot(time);
  if (at < 0 || at >= times.length) return;
  sums.events[at] = (sums.events[at] ?? 0) + count.events * share;
  sums.errors[at] = (sums.errors[at] ?? 0) + (count.errors ?? 0) * share;
  sums.tokens[at] = (sums.tokens[at] ?? 0) + (count.tokens ?? 0) * share;
}

/** A minute that the seconds do not reach, evenly over its steps. */
function spread(sums: Happened, grid: Grid, minute: number, count: Count, since: number): void {
  if (minute + 60_000 > since) return;
  const share = grid.span.step / 60_000;
  for (let time = minute; time < minute + 60_000; time += grid.span.step) add(sums, grid, time, count, share);
}

/** Counts of a step as a rate: per second, or per so many milliseconds. */
export function rates(counts: readonly number[], { span }: Grid, per = 1000): number[] {
  return counts.map((count) => (count * per) / span.step);
}
