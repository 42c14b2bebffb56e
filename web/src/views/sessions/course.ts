import type { Session } from "../../state";

/** How full a context was. `x` and `y` from 0 to 1, `y` upwards; `time` in milliseconds. */
export interface Point {
  readonly time: number;
  readonly fraction: number;
  readonly x: number;
}

export interface Course {
  readonly from: number;
  readonly to: number;
  readonly points: readonly Point[];
  /** Where it was compacted. */
  readonly compactions: readonly number[];
}

const SHORTEST = 60_000;

/** From the server's measurements, the last of which holds on for a session that lives. */
export function courseOf(session: Session, compacted: readonly number[], now: number): Course | null {
  const measured = Object.entries(session.context_history ?? {})
    .map(([second, fraction]) => ({ time: Number(second) * 1000, fraction }))
    .sort((one, other) => one.time - other.time);
  const [first, last] = [measured[0], measured.at(-1)];
  if (!first || !last) return null;
  const end = Math.max(last.time, Date.parse(session.ended ?? "") || now);
  const held = { time: end, fraction: session.context_percentage ?? last.fraction };
  const from = Math.min(first.time, end - SHORTEST);
  const x = (time: number) => (time - from) / (end - from);
  return {
    from,
    to: end,
    points: [...measured, held].map((point) => ({ ...point, x: x(point.time) })),
    compactions: [...new Set(compacted)].filter((time) => time >= from && time <= end).map(x),
  };
}
