import { joinedTime, timeParts } from "./zone";

const ESCAPE_SEQUENCES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-_])/g;
const UNPRINTABLE = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;

const LONGEST = 2000;

/**
 * What an agent wrote, without terminal colours and without what could reorder or hide the text around it; of what is
 * very long the beginning.
 */
export function plain(text: string): string {
  return shortened(text, LONGEST).replace(ESCAPE_SEQUENCES, "").replace(UNPRINTABLE, " ").trim();
}

export function shortened(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

/** Enough of a long random id to tell it from its neighbours. */
export function shortId(id: string): string {
  return id.length > 12 ? id.slice(0, 8) : id;
}

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

export function count(value: number): string {
  return whole.format(value);
}

/** 12_340 is `12.3 k`. */
export function compact(value: number): string {
  if (value < 1000) return count(value);
  const [unit, divisor] = value < 999_500 ? ["k", 1e3] : ["M", 1e6];
  return `${Number((value / divisor).toPrecision(3))} ${unit}`;
}

export function bytes(value: number): string {
  if (value < 1024) return `${count(value)} B`;
  const [unit, divisor] = value < 1 << 20 ? ["kB", 1024] : ["MB", 1 << 20];
  return `${Number((value / divisor).toPrecision(3))} ${unit}`;
}

export function took(milliseconds: number): string {
  if (milliseconds < 1000) return `${Number(milliseconds.toPrecision(3))} ms`;
  if (milliseconds < 60_000) return `${Number((milliseconds / 1000).toPrecision(3))} s`;
  return age(milliseconds);
}

/** `12 s`, `3 min 20 s`, `2 h 5 min`, `4 d`. */
export function age(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** The time of day, to the millisecond. */
export function clock(time: number): string {
  const milliseconds = ((Math.trunc(time) % 1000) + 1000) % 1000;
  return `${joinedTime(timeParts(time))}.${String(milliseconds).padStart(3, "0")}`;
}

export function percent(fraction: number): string {
  return `${(fraction * 100).toFixed(1)} %`;
}
