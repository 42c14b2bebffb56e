import { age } from "../text";
import { joinedTime, shownDate, timeParts } from "../zone";

/** The time that is looked at: the last so many milliseconds, or from `after` up to before `before`. */
export type Range = Last | Between;

export interface Last {
  readonly kind: "last";
  readonly span: number;
}

export interface Between {
  readonly kind: "between";
  readonly after: number;
  readonly before: number;
}

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const UNITS = new Map([
  ["s", 1000],
  ["m", MINUTE],
  ["h", HOUR],
  ["d", DAY],
]);

const SHORTEST = 1000;
const LONGEST = 10 * 365 * DAY;

export const PRESETS: readonly Last[] = [5 * MINUTE, 15 * MINUTE, HOUR, 6 * HOUR, DAY, 7 * DAY].map(last);

export function last(span: number): Last {
  return { kind: "last", span };
}

/** At least a second, and nothing of it before 1970. */
export function between(after: number, before: number): Between {
  const start = Math.max(0, Math.round(after));
  return { kind: "between", after: start, before: Math.max(start + SHORTEST, Math.round(before)) };
}

/** What a link says: `15m`, or two times in RFC 3339 with `..` between them. null where it says nothing known. */
export function parseRange(text: string): Range | null {
  const [, digits, unit = ""] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (digits !== undefined) {
    const span = Number(digits) * (UNITS.get(unit) ?? 0);
    return span >= SHORTEST && span <= LONGEST ? last(span) : null;
  }
  const [after = Number.NaN, before = Number.NaN, ...more] = text.split("..").map((each) => Date.parse(each));
  return more.length === 0 && after >= 0 && before - after >= SHORTEST ? between(after, before) : null;
}

export function writtenRange(range: Range): string {
  return range.kind === "last" ? short(range.span) : `${rfc3339(range.after)}..${rfc3339(range.before)}`;
}

function short(span: number): string {
  const [unit, size] = [...UNITS].reverse().find(([, size]) => span % size === 0) ?? ["s", 1000];
  return `${Math.round(span / size)}${unit}`;
}

export function rfc3339(time: number): string {
  return new Date(time).toISOString().replace(".000Z", "Z");
}

/** The same as terms of a query. */
export function rangeTerms(range: Range): string {
  if (range.kind === "last") return `after:-${short(range.span)}`;
  return `after:${rfc3339(range.after)} before:${rfc3339(range.before)}`;
}

export function edgesOf(range: Range, now: number): Between {
  return range.kind === "between" ? range : between(now - range.span, now);
}

/** Whether events that come now belong to it. */
export function isOpen(range: Range, now: number): boolean {
  return range.kind === "last" || range.before > now;
}

/** Half of its span to the left, or with a positive sign to the right, but not into the future. */
export function shifted(range: Range, now: number, sign: -1 | 1): Range {
  const { after, before } = edgesOf(range, now);
  const step = (sign * (before - after)) / 2;
  return before + step > now ? last(before - after) : between(after + step, before + step);
}

/** Twice as long about its middle. */
export function wider(range: Range, now: number): Range {
  if (range.kind === "last") return last(Math.min(LONGEST, range.span * 2));
  const half = (range.before - range.after) / 2;
  return between(range.after - half, Math.min(Math.max(now, range.before), range.before + half));
}

const NAMES = new Map([
  [HOUR, "Last hour"],
  [DAY, "Last 24 hours"],
]);

/** `Last 15 minutes`, `21:10:00 to 21:20:00 (10 min)`; with the day where it is not today. */
export function rangeWords(range: Range, now: number): string {
  if (range.kind === "last") return NAMES.get(range.span) ?? `Last ${long(range.span)}`;
  const { after, before } = range;
  const end = sameDay(after, before) ? clockOf(before) : `${dayOf(before)} ${clockOf(before)}`;
  const day = sameDay(after, now) ? "" : `${dayOf(after)} `;
  return `${day}${clockOf(after)} to ${end} (${age(before - after)})`;
}

function long(span: number): string {
  const [[word, size]] = [
    ["day", DAY],
    ["hour", HOUR],
    ["minute", MINUTE],
    ["second", 1000],
  ].filter(([, size]) => span % Number(size) === 0) as [[string, number]];
  const count = span / size;
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

export function sameDay(one: number, other: number): boolean {
  const [before, after] = [one, other].map((time) => Math.floor(shownDate(time).getTime() / DAY));
  return before === after;
}

/** `24 Nov` */
export function dayOf(time: number): string {
  const at = shownDate(time);
  const month = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][at.getUTCMonth()];
  return `${at.getUTCDate()} ${month}`;
}

/** `21:28:05` */
export function clockOf(time: number): string {
  return joinedTime(timeParts(time));
}
