import { quantile } from "../../charts/plot";
import { delegates } from "../../charts/spans";
import type { Rows } from "../../ring";
import type { Row } from "../../rows";
import { type Grid, sorted } from "./span";

/**
 * How long tool calls took that ended in each step, in milliseconds; null where none did. A call of another agent is
 * left out: it takes as long as that one works.
 */
export interface Responses {
  readonly p50: (number | null)[];
  readonly p95: (number | null)[];
  readonly slowest: (number | null)[];
}

export function responses(rows: Iterable<Row>, grid: Grid): Responses {
  const slots = sorted(grid, tookOf(rows));
  return {
    p50: slots.map((slot) => quantile(slot, 0.5)),
    p95: slots.map((slot) => quantile(slot, 0.95)),
    slowest: slots.map((slot) => slot.at(-1) ?? null),
  };
}

function* tookOf(rows: Iterable<Row>): Generator<readonly [number, number]> {
  for (const row of rows)
    if (row.type === "tool_use" && row.took !== null && !delegates(row)) yield [row.time, row.took];
}

/** The older rows, and after them those of the list from `from` on, the newest first. */
export function* newest(tape: Rows<Row>, older: readonly Row[], from: number): Generator<Row> {
  let first = Number.POSITIVE_INFINITY;
  for (let number = tape.end - 1; number >= tape.first; number--) {
    const row = tape.at(number);
    if (!row) continue;
    if (row.time < from) return;
    first = row.seq;
    yield row;
  }
  for (const row of older) if (row.seq < first && row.time >= from) yield row;
}
