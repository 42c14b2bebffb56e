import { describe, expect, test } from "vitest";
import { Ring } from "../../ring";
import { type Row, rowOf } from "../../rows";
import { newest, responses } from "./responses";
import { gridOf, spanNamed } from "./span";

const NOW = Date.parse("2026-11-24T06:10:00Z");
const short = gridOf(spanNamed("2m"), NOW);

function ago(seconds: number): string {
  return new Date(NOW - seconds * 1000).toISOString();
}

function call(seq: number, seconds: number, took: number): Row {
  return rowOf({ event: "tool_use", seq, time: ago(seconds), data: { tool: "Bash", duration_ms: took } });
}

describe("response times", () => {
  test("are those of the calls that ended in a step", () => {
    const rows = [call(1, 3, 10), call(2, 3.5, 30), call(3, 4, 20), call(4, 300, 99)];
    const { p50, p95, slowest } = responses(rows, short);
    expect([p50.at(-2), p95.at(-2), slowest.at(-2)]).toEqual([20, 30, 30]);
    expect(p50.at(-1)).toBeNull();
  });

  test("count each row of the page and of the history once, as far back as is shown", () => {
    const ring = new Ring<Row>(10);
    for (const row of [call(7, 500, 1), call(8, 60, 1), call(9, 5, 1)]) ring.push(row);
    const older = [call(8, 60, 1), call(6, 90, 1), call(5, 900, 1)];
    const seqs = (from: number) => [...newest(ring, older, NOW - from * 1000)].map(({ seq }) => seq);
    expect(seqs(120)).toEqual([9, 8]);
    expect(seqs(600)).toEqual([9, 8, 7, 6]);
  });
});
