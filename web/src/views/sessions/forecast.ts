import type { Session } from "../../state";
import { age, compact } from "../../text";

const OVER = new Set(["ended", "lost"]);
const LATE = 60_000;

/** `95 %`. */
export function threshold(fraction: number): string {
  return `${Number((fraction * 100).toFixed(1))} %`;
}

/** When the context reaches the highest threshold at the rate at which it fills, as the server foretells it. */
export function forecast(session: Session, now: number): string {
  const { context_percentage: fraction, context_thresholds: thresholds = [], full_at, status } = session;
  if (fraction === undefined || OVER.has(status ?? "")) return "";
  const limit = thresholds.at(-1) ?? 1;
  if (fraction >= limit) return `past ${threshold(limit)}`;
  if (full_at === undefined) return "not rising";
  const left = Date.parse(full_at) - now;
  if (left < -LATE) return "not rising any more";
  return left < 1000 ? `${threshold(limit)} about now` : `${threshold(limit)} in ${age(left)}`;
}

/** `+3.1 k/min`; "" where it is not known to rise, or would be full by now if it still did. */
export function burnRate({ burn, full_at = "", status }: Session, now: number): string {
  const stale = Date.parse(full_at) - now < -LATE;
  return burn === undefined || stale || OVER.has(status ?? "") ? "" : `+${compact(Math.round(burn))}/min`;
}
