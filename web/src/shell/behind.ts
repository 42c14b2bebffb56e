import type { Rate } from "../rate";

const LATE = 5000;

interface Flow {
  readonly rate: Pick<Rate, "perSecond">;
  readonly lag: number | null;
  readonly leastLag: number;
}

/** Whether events come late that once came sooner: clocks that differ are late always. `now` in milliseconds. */
export function isBehind({ rate, lag, leastLag }: Flow, now: number): boolean {
  return lag !== null && lag - leastLag > LATE && rate.perSecond(now) > 0;
}
