import { describe, expect, test } from "vitest";
import { type Row, rowOf } from "../../rows";
import { ResponseTimes } from "./responses";
import { gridOf, spanNamed } from "./span";

const NOW = Date.parse("2026-11-24T06:10:00Z");
const short = gridOf(spanNamed("2m"), NOW);
const long = gridOf(spanNamed("2h"), NOW);

function call(seq: number, seconds: number, took: number, tool = "Bash"): Row {
  const time = new Date(NOW - seconds * 1000).toISOString();
  return rowOf({ event: "tool_use", seq, time, data: { tool, duration_ms: took } });
}

function timesOf(...rows: Row[]): ResponseTimes {
  const times = new ResponseTimes();
  for (const row of rows) times.add(row);
  return times;
}

describe("response times", () => {
  test("are those of the calls that ended in a step, whatever span is shown", () => {
    const times = timesOf(call(1, 3, 10), call(2, 3.5, 30), call(3, 4, 20), call(4, 300, 99), call(5, 3, 9e6, "Agent"));
    const { p50, p95, slowest } = times.in(short);
    expect([p50.at(-2), p95.at(-2), slowest.at(-2)]).toEqual([20, 30, 30]);
    expect([p50.at(-1), slowest.at(-1)]).toEqual([null, null]);
    expect([times.in(long).p50.at(-1), times.in(long).slowest.at(-5)]).toEqual([20, 99]);
  });

  test("of very many calls in a step are those of as many as are kept, and the slowest of all", () => {
    const times = new ResponseTimes();
    for (let each = 1; each <= 20_000; each++) times.add(call(each, 3, each));
    const { p50, p95, slowest } = times.in(short);
    expect(p50.at(-2)).toBeGreaterThan(9_900);
    expect(p50.at(-2)).toBeLessThan(10_100);
    expect(p95.at(-2)).toBeGreaterThan(18_900);
    expect(slowest.at(-2)).toBe(20_000);
  });
});
