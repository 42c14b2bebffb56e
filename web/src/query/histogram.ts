import { age, count, percent } from "../text";
import { type Between, clockOf, DAY, dayOf, HOUR, MINUTE, type Range, rfc3339, sameDay } from "./range";

/** What `GET /events/histogram` answers. */
export interface Histogram {
  readonly after: string;
  readonly before: string;
  readonly counts: readonly number[];
  readonly errors: readonly number[];
  /** Where it is not 1, about one of so many events was counted. */
  readonly sampled: number;
}

export const BUCKETS = 60;
const TABLE_ROWS = 20;

/** The edges of the bars. Those of a range that goes along with the time move by whole bars, so that none flickers. */
export function barEdges(range: Range, now: number): Between {
  if (range.kind === "between") return range;
  const step = range.span / BUCKETS;
  const before = Math.ceil(now / step) * step;
  return { kind: "between", after: before - range.span, before };
}

export function histogramPath(q: string, { after, before }: Between): string {
  const search = new URLSearchParams({ q, after: rfc3339(after), before: rfc3339(before), buckets: String(BUCKETS) });
  return `/events/histogram?${search}`;
}

export const HEIGHT = 40;
const LOWEST = 1.5;

/** Bars as one path, in a box as wide as there are bars and `HEIGHT` high; what is there at all can be seen. */
export function barPath(values: readonly number[], highest: number): string {
  return values
    .map((value, index) => {
      if (value <= 0) return "";
      const height = Math.max(LOWEST, (value / Math.max(1, highest)) * HEIGHT);
      return `M${index + 0.1} ${HEIGHT}V${(HEIGHT - height).toFixed(2)}h.8V${HEIGHT}z`;
    })
    .join("");
}

export function highestOf({ counts }: Histogram): number {
  return Math.max(0, ...counts);
}

function totalOf(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** From where to where bars reach; `to` is without. */
export function barsTime({ after, before, counts }: Histogram, from: number, to: number): Between {
  const [start, end] = [Date.parse(after), Date.parse(before)];
  const step = (end - start) / Math.max(1, counts.length);
  return { kind: "between", after: start + from * step, before: start + to * step };
}

/** `1,204 events, 12 errors (1.0 %)`. */
export function countWords(events: number, errors: number): string {
  const share =
    errors > 0 ? `, ${count(errors)} ${errors === 1 ? "error" : "errors"} (${percent(errors / events)})` : "";
  return `${count(events)} ${events === 1 ? "event" : "events"}${share}`;
}

/** What some of the bars say: `21:28:00 to 21:29:00: 412 events, 3 errors (0.7 %)`. */
export function barWords(histogram: Histogram, from: number, to: number): string {
  const { after, before } = barsTime(histogram, from, to);
  const events = totalOf(histogram.counts.slice(from, to));
  const errors = totalOf(histogram.errors.slice(from, to));
  return `${clockOf(after)} to ${clockOf(before)}: ${countWords(events, errors)}`;
}

/** All of it in one sentence. */
export function summary(histogram: Histogram): string {
  const { counts, errors, sampled } = histogram;
  const events = totalOf(counts);
  if (events === 0) return "No events.";
  const highest = highestOf(histogram);
  const top = counts.indexOf(highest);
  const { after, before } = barsTime(histogram, top, top + 1);
  const about = sampled > 1 ? "About " : "";
  return `${about}${countWords(events, totalOf(errors))}; most at ${clockOf(after)}, ${count(highest)} in ${age(before - after)}.`;
}

export interface TableRow {
  readonly time: string;
  readonly events: number;
  readonly errors: number;
}

/** The same in few rows. */
export function tableOf(histogram: Histogram): TableRow[] {
  const { counts, errors } = histogram;
  const size = Math.max(1, Math.ceil(counts.length / TABLE_ROWS));
  const many = Math.ceil(counts.length / size);
  return Array.from({ length: many }, (_, index) => {
    const [from, to] = [index * size, Math.min(counts.length, (index + 1) * size)];
    const { after, before } = barsTime(histogram, from, to);
    const time = `${sameDay(after, Date.parse(histogram.before)) ? "" : `${dayOf(after)} `}${clockOf(after)} to ${clockOf(before)}`;
    return { time, events: totalOf(counts.slice(from, to)), errors: totalOf(errors.slice(from, to)) };
  });
}

export interface Tick {
  /** From 0 on the left to 1 on the right. */
  readonly at: number;
  readonly text: string;
}

const STEPS = [1, 2, 5, 10, 15, 30].flatMap((each) => [each * 1000, each * MINUTE]);
const LONG_STEPS = [HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 30 * DAY, 365 * DAY];
const ALL_STEPS = [...STEPS.sort((one, other) => one - other), ...LONG_STEPS];

/** Round local times within a range, at most so many. */
export function ticksOf({ after, before }: Between, most: number): Tick[] {
  const span = before - after;
  const step = ALL_STEPS.find((each) => span / each <= most) ?? span;
  const offset = new Date(after).getTimezoneOffset() * MINUTE;
  const first = Math.ceil((after - offset) / step) * step + offset;
  const ticks: Tick[] = [];
  for (let time = first; time < before; time += step) {
    ticks.push({ at: (time - after) / span, text: tickText(time, step) });
  }
  return ticks;
}

function tickText(time: number, step: number): string {
  if (step >= DAY) return dayOf(time);
  const clock = clockOf(time);
  return step >= MINUTE ? clock.slice(0, 5) : clock;
}

/** Where bars are chosen: the one that was pointed at first, and the one last. */
export interface Brush {
  readonly anchor: number;
  readonly cursor: number;
}

/** From the first to, without, the end of the chosen bars. */
export function brushed({ anchor, cursor }: Brush): readonly [number, number] {
  return [Math.min(anchor, cursor), Math.max(anchor, cursor) + 1];
}

/** Where keys lead; undefined for those that lead nowhere. With Shift the choice grows. */
export function moved({ anchor, cursor }: Brush, key: string, shift: boolean): Brush | undefined {
  const steps: { readonly [key: string]: number } = {
    ArrowLeft: cursor - 1,
    ArrowRight: cursor + 1,
    PageUp: cursor - 10,
    PageDown: cursor + 10,
    Home: 0,
    End: BUCKETS - 1,
  };
  const wanted = steps[key];
  if (wanted === undefined) return undefined;
  const next = Math.max(0, Math.min(BUCKETS - 1, wanted));
  return { anchor: shift ? anchor : next, cursor: next };
}
