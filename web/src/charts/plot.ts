/** What a chart over time shows. Times in milliseconds, oldest first; null where nothing is known. */
export interface Series {
  readonly label: string;
  readonly values: readonly (number | null)[];
}

/** The index of the time nearest to `time`; -1 of none. */
export function nearest(times: readonly number[], time: number): number {
  let low = 0;
  let high = times.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) < time) low = middle + 1;
    else high = middle;
  }
  const before = times[low - 1];
  const here = times[low];
  return before !== undefined && here !== undefined && time - before < here - time ? low - 1 : high;
}

const ROUND = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

/** A round number that is not below `value`: where an axis ends. */
export function roundUp(value: number): number {
  if (!(value > 0) || !Number.isFinite(value)) return 1;
  const magnitude = 10 ** Math.floor(Math.log10(value));
  return (ROUND.find((each) => each * magnitude >= value * (1 - 1e-9)) ?? 10) * magnitude;
}

/** Each on top of those before it; an unknown value adds nothing, and where nothing is known there is nothing. */
export function stacked(all: readonly Series[]): Series[] {
  const known = (index: number) => all.some(({ values }) => values[index] != null);
  const sums: number[] = [];
  return all.map(({ label, values }) => {
    values.forEach((value, index) => {
      sums[index] = (sums[index] ?? 0) + (value ?? 0);
    });
    return { label, values: values.map((_, index) => (known(index) ? (sums[index] ?? 0) : null)) };
  });
}

/** `Throughput: events 42 ev/s now, at most 120 ev/s.` */
export function summary(title: string, all: readonly Series[], format: (value: number) => string): string {
  const parts = all.map(({ label, values }) => {
    const known = values.filter((value) => value !== null);
    const last = known.at(-1);
    if (last === undefined) return `${label} not known yet`;
    return `${label} ${format(last)} now, at most ${format(known.reduce((most, value) => Math.max(most, value), 0))}`;
  });
  return `${title}: ${parts.join("; ")}.`;
}

/** How many of which steps of time show `values` that came at `times` as one value a step: the last, or their sum. */
export function steps(
  from: number,
  to: number,
  step: number,
): { readonly times: number[]; readonly slot: (time: number) => number } {
  const first = Math.floor(from / step) * step;
  const count = Math.max(1, Math.ceil((to - first) / step));
  return {
    times: Array.from({ length: count }, (_, index) => first + index * step),
    slot: (time) => Math.floor((time - first) / step),
  };
}

/** The smallest value that so much of all values do not exceed; null of none. */
export function quantile(sorted: ArrayLike<number>, fraction: number): number | null {
  if (sorted.length === 0) return null;
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(fraction * sorted.length) - 1))] ?? null;
}

/** `320 ms`, `4.2 s`, `1.3 min`, `2.5 h`: three digits at most, for axes and figures that are compared. */
export function lasting(milliseconds: number): string {
  const [unit, divisor] =
    milliseconds < 1000
      ? ["ms", 1]
      : milliseconds < 60_000
        ? ["s", 1000]
        : milliseconds < 3_600_000
          ? ["min", 60_000]
          : ["h", 3_600_000];
  return `${Number((milliseconds / Number(divisor)).toPrecision(3))} ${unit}`;
}

/** Labels of an axis, of which none says the same as the one before it. */
export function distinct(labels: readonly string[]): string[] {
  return labels.map((label, index) => (label === labels[index - 1] ? "" : label));
}
