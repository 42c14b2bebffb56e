import type { Session } from "../state";

/** How full a context was from a moment on, until the next; `time` in milliseconds. */
export interface Fill {
  readonly time: number;
  readonly fraction: number;
}

const KNOWN = new WeakMap<object, readonly Fill[]>();

/** What the server measured of a session, oldest first. */
export function fillsOf({ context_history: measured }: Session): readonly Fill[] {
  if (!measured) return [];
  const known = KNOWN.get(measured);
  if (known) return known;
  const fills = Object.entries(measured)
    .map(([second, fraction]) => ({ time: Number(second) * 1000, fraction }))
    .sort((one, other) => one.time - other.time);
  KNOWN.set(measured, fills);
  return fills;
}

export type Tone = "control" | "warn" | "high" | "crit";
const TONES: readonly Tone[] = ["warn", "high", "crit"];

/** The tone of the highest of the server's thresholds that is reached. */
export function toneOf(fraction: number, thresholds: readonly number[] = []): Tone {
  return TONES[thresholds.filter((each) => fraction >= each).length - 1] ?? "control";
}
