import { quantile } from "../../charts/plot";
import type { EventFrame } from "../../protocol";
import { type Grid, sorted } from "./span";

/** Until when each of them lasts: the first begins with the hook. */
export const STAGES = ["received", "stored", "arrived", "shown"] as const;

/** How long one event took from stage to stage, in milliseconds, and when it was stored. */
export interface Journey {
  readonly seq: number;
  readonly time: number;
  readonly stages: readonly number[];
}

/** When the page had drawn all events up to `seq`, and when it had heard of the newest of them. */
export interface Drawing {
  readonly seq: number;
  readonly heard: number;
  readonly shown: number;
}

const KEPT = 4000;
const DRAWINGS = 2000;

/** Joins what the log knows of events with when the page drew them. */
export class Journeys {
  #drawings: Drawing[] = [];
  #journeys: Journey[] = [];

  get all(): readonly Journey[] {
    return this.#journeys;
  }

  drew(drawing: Drawing): void {
    const last = this.#drawings.at(-1);
    if (last && last.seq >= drawing.seq) return;
    this.#drawings.push(drawing);
    if (this.#drawings.length > DRAWINGS) this.#drawings = this.#drawings.slice(-DRAWINGS / 2);
  }

  /** Events newest first, as the API answers. Those that came before the first drawing were not live. */
  met(frames: readonly EventFrame[]): void {
    const known = this.#journeys.at(-1)?.seq ?? 0;
    for (const frame of [...frames].reverse()) {
      const journey = frame.seq > known ? this.#journeyOf(frame) : null;
      if (journey) this.#journeys.push(journey);
    }
    if (this.#journeys.length > KEPT) this.#journeys = this.#journeys.slice(-KEPT / 2);
  }

  #journeyOf({ seq, time = "", received = "", stored = "" }: EventFrame & { received?: string }): Journey | null {
    const at = this.#drawings.findIndex((each) => each.seq >= seq);
    const drawing = this.#drawings[at];
    if (!drawing || at === 0) return null;
    const times = [time, received || time, stored].map((each) => Date.parse(each));
    const stages = [...times, drawing.heard, drawing.shown].map((each, index, all) => {
      return index === 0 ? 0 : Math.max(0, each - (all[index - 1] ?? each));
    });
    return stages.some(Number.isNaN) ? null : { seq, time: times[2] ?? 0, stages: stages.slice(1) };
  }
}

/** The median of each stage in each step; null where no event was stored. */
export function medians(journeys: readonly Journey[], grid: Grid): (number | null)[][] {
  return STAGES.map((_, stage) =>
    sorted(
      grid,
      journeys.map(({ time, stages }) => [time, stages[stage] ?? 0] as const),
    ).map((slot) => quantile(slot, 0.5)),
  );
}

/** What so much of all journeys took at most, from the hook to the screen. */
export function wholeWay(journeys: readonly Journey[], fraction: number): number | null {
  const whole = journeys.map(({ stages }) => stages.reduce((sum, each) => sum + each, 0));
  return quantile(
    whole.sort((one, other) => one - other),
    fraction,
  );
}
