import type { Json } from "../../patch";
import { type FileState, projectsOf } from "../../state";
import { totalOf } from "../sessions/spent";

type Counted = "events" | "errors" | "tokens";
type Span = "seconds" | "minutes";

const SECOND = 1000;
const MINUTE = 60_000;

/** How many there were in each of the last seconds or minutes, oldest first, over all projects in the state. */
export function series(state: Json, what: Counted, per: Span, length: number, now: number): number[] {
  const [width, step] = per === "seconds" ? [SECOND, 1] : [MINUTE, 60];
  const last = Math.floor(now / width) * step;
  const values = new Array<number>(length).fill(0);
  for (const [, { activity }] of projectsOf(state)) {
    for (const [second, counted] of Object.entries(activity?.[per] ?? {})) {
      const index = length - 1 - (last - Number(second)) / step;
      const value = values[index];
      if (value !== undefined) values[index] = value + (counted[what] ?? 0);
    }
  }
  return values;
}

export function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}

export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : sum(values) / values.length;
}

/** In how many of the last minutes how many files were touched last, oldest first. */
export function touches(state: Json, length: number, now: number): number[] {
  const values = new Array<number>(length).fill(0);
  const last = Math.floor(now / MINUTE);
  for (const file of projectsOf(state).flatMap(([, { files = {} }]) => Object.values(files))) {
    const index = length - 1 - (last - Math.floor(touched(file) / MINUTE));
    const before = values[index];
    if (before !== undefined) values[index] = before + 1;
  }
  return values;
}

function touched({ time = "" }: FileState): number {
  return Date.parse(time);
}

export interface Spending {
  /** Of all sessions in the state. */
  readonly tokens: number;
  readonly input: number;
  readonly output: number;
  readonly cache_read: number;
  readonly cache_creation: number;
  /** Dollars; null where no session tells. */
  readonly cost: number | null;
}

export function spendingOf(state: Json): Spending {
  const spending = { tokens: 0, input: 0, output: 0, cache_read: 0, cache_creation: 0, cost: null as number | null };
  for (const { tokens, cost_usd } of projectsOf(state).flatMap(([, { sessions = {} }]) => Object.values(sessions))) {
    spending.tokens += totalOf(tokens);
    for (const kind of ["input", "output", "cache_read", "cache_creation"] as const) {
      spending[kind] += tokens?.[kind] ?? 0;
    }
    if (cost_usd !== undefined) spending.cost = (spending.cost ?? 0) + cost_usd;
  }
  return spending;
}

/** `+12 %`, or `new` where there was nothing before; "" where there is no difference worth a word. */
export function change(now: number, before: number): string {
  if (before === 0) return now > 0 ? "new" : "";
  const percents = Math.round((now / before - 1) * 100);
  if (percents === 0) return "";
  return percents > 999 ? "×10 and more" : `${signed(percents)} %`;
}

/** `+3`, `−2`; "" of none. */
export function difference(now: number, before: number): string {
  return now === before ? "" : signed(now - before);
}

function signed(value: number): string {
  return value > 0 ? `+${value}` : `−${-value}`;
}
