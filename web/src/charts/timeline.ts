import { joinedTime, offsetAt, timeParts } from "../zone";

/** The part of time that is shown, in milliseconds; `to` is null while it follows the present. */
export interface Look {
  readonly span: number;
  readonly to: number | null;
}

/** Where the shown part of time lies on a surface: `left` and `width` in pixels. */
export interface Scale {
  readonly from: number;
  readonly to: number;
  readonly left: number;
  readonly width: number;
}

export interface Tick {
  readonly x: number;
  readonly label: string;
}

const SHORTEST = 1000;
const LONGEST = 86_400_000;
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400];
const ROOM = 76;

export function scaleOf(look: Look, now: number, left: number, width: number): Scale {
  const to = look.to ?? now;
  return { from: to - look.span, to, left, width: Math.max(1, width - left) };
}

export function xOf({ from, to, left, width }: Scale, time: number): number {
  return left + ((time - from) / (to - from)) * width;
}

export function timeAt({ from, to, left, width }: Scale, x: number): number {
  return from + ((x - left) / width) * (to - from);
}

/** Zooms so that the time `around` stays where it is; while it follows the present, the present stays. */
export function zoomed(look: Look, factor: number, now: number, around: number | null = null): Look {
  const span = Math.min(LONGEST, Math.max(SHORTEST, look.span * factor));
  if (look.to === null) return { span, to: null };
  const middle = around ?? look.to - look.span / 2;
  return settled({ span, to: middle + (look.to - middle) * (span / look.span) }, now);
}

export function panned(look: Look, by: number, now: number): Look {
  return settled({ span: look.span, to: (look.to ?? now) + by }, now);
}

/** What would show the future follows the present instead. */
function settled({ span, to }: { span: number; to: number }, now: number): Look {
  return { span, to: to >= now ? null : to };
}

/** Shows all from `from` to `to`, with a little room on either side. */
export function fitted(from: number, to: number, now: number): Look {
  const room = Math.max(SHORTEST / 2, (to - from) * 0.05);
  const span = Math.min(LONGEST, Math.max(SHORTEST, to - from + 2 * room));
  return settled({ span, to: to + room }, now);
}

/** At whole seconds, minutes or hours of the day, as many as have room for their labels. */
export function ticksOf(scale: Scale): Tick[] {
  const most = Math.max(1, Math.floor(scale.width / ROOM));
  const seconds = STEPS.find((step) => (scale.to - scale.from) / 1000 / step <= most) ?? LONGEST / 1000;
  const step = seconds * 1000;
  const offset = offsetAt(scale.from) * 60_000;
  const ticks: Tick[] = [];
  for (let time = Math.ceil((scale.from - offset) / step) * step + offset; time <= scale.to; time += step) {
    ticks.push({ x: xOf(scale, time), label: timeOfDay(time, seconds < 60) });
  }
  return ticks;
}

/** `21:32`, or `21:32:07`. */
export function timeOfDay(time: number, withSeconds: boolean): string {
  return joinedTime(timeParts(time).slice(0, withSeconds ? 3 : 2));
}
