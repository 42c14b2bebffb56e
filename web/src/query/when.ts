import { QueryError, type Written } from "./scan";
import type { When } from "./terms";

const AGES = new Map([
  ["s", 1],
  ["m", 60],
  ["h", 3600],
  ["d", 86_400],
  ["w", 604_800],
]);
const DAY = 86_400;
const OLDEST = 10 * 365 * DAY;

const INSTANT =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ]([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])([01]\d|2[0-3]):?([0-5]\d))$/;

/** Which time a value means. Throws a QueryError. */
export function whenOf(written: Written): Pick<When, "ago" | "clock" | "at"> {
  const { text, start, end } = written;
  const [, age, unit = ""] = /^-(\d{1,9})([smhdw])$/.exec(text) ?? [];
  if (age !== undefined) return { ago: agoOf(Number(age) * (AGES.get(unit) ?? 0), written) };
  const [, hour, minute, second = "0"] = /^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/.exec(text) ?? [];
  if (hour !== undefined) return { clock: Number(hour) * 3600 + Number(minute) * 60 + Number(second) };
  const at = instantOf(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);
  if (at !== null) return { at };
  const message = "A time is like -15m (also s, h, d, w), 21:28 (UTC), 2026-11-24 or 2026-11-24T21:28:00Z.";
  throw new QueryError(message, start, end);
}

function agoOf(ago: number, { start, end }: Written): number {
  if (ago > OLDEST) throw new QueryError("A time is at most ten years ago.", start, end);
  return ago;
}

/** In UTC, to the millisecond; null where there is no such time. */
function instantOf(text: string): string | null {
  const found = INSTANT.exec(text);
  if (!found) return null;
  const [, year, month, day, hour, minute, second, fraction = "", sign, offsetHours = "0", offsetMinutes = "0"] = found;
  const at = new Date(0);
  at.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  if (Number(year) < 1 || at.getUTCMonth() !== Number(month) - 1 || at.getUTCDate() !== Number(day)) return null;
  at.setUTCHours(Number(hour), Number(minute), Number(second), Number(fraction.slice(0, 3).padEnd(3, "0")));
  const offset = (Number(offsetHours) * 60 + Number(offsetMinutes)) * 60_000 * (sign === "-" ? -1 : 1);
  const utc = new Date(at.getTime() - offset);
  return utc.getUTCFullYear() < 1 || utc.getUTCFullYear() > 9999 ? null : utc.toISOString().replace(".000Z", "Z");
}

/** The time in milliseconds that is meant at `now`; a time of day is the last one there was. */
export function moment({ ago, clock = 0, at }: Pick<When, "ago" | "clock" | "at">, now: number): number {
  if (at !== undefined) return Date.parse(at);
  if (ago !== undefined) return now - ago * 1000;
  const today = Math.floor(now / (DAY * 1000)) * DAY * 1000 + clock * 1000;
  return today <= now ? today : today - DAY * 1000;
}
