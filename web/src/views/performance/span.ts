import { steps } from "../../charts/plot";

/** How far back the charts go, and in which steps. Milliseconds. */
export interface Span {
  readonly id: string;
  readonly title: string;
  readonly length: number;
  readonly step: number;
}

const TWO_MINUTES: Span = { id: "2m", title: "2 minutes", length: 120_000, step: 2000 };
export const SPANS: readonly Span[] = [
  TWO_MINUTES,
  { id: "15m", title: "15 minutes", length: 900_000, step: 15_000 },
  { id: "2h", title: "2 hours", length: 7_200_000, step: 60_000 },
];

export function spanNamed(id: string | undefined): Span {
  return SPANS.find((span) => span.id === id) ?? TWO_MINUTES;
}

/** The steps that have ended by now, and where in them a time is. */
export interface Grid {
  readonly span: Span;
  readonly from: number;
  readonly to: number;
  readonly times: readonly number[];
  readonly slot: (time: number) => number;
}

export function gridOf(span: Span, now: number): Grid {
  const to = Math.floor(now / span.step) * span.step;
  const from = to - span.length;
  return { span, from, to, ...steps(from, to, span.step) };
}

/** The values that fall into each step, by their times. */
export function sorted(grid: Grid, all: Iterable<readonly [time: number, value: number]>): number[][] {
  const slots: number[][] = grid.times.map(() => []);
  for (const [time, value] of all) slots[grid.slot(time)]?.push(value);
  for (const slot of slots) slot.sort((one, other) => one - other);
  return slots;
}
