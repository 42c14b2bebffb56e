import { expect, test } from "vitest";
import { type Row, rowOf } from "../../rows";
import { EndedCalls } from "./ended";
import { type Grid, gridOf, spanNamed } from "./span";

const NOW = Date.parse("2026-11-24T06:10:00Z");
const short = gridOf(spanNamed("2m"), NOW);
const long = gridOf(spanNamed("2h"), NOW);

class Seqs extends EndedCalls<number[]> {
  constructor() {
    super(
      () => [],
      (seqs, { seq }) => seqs.push(seq),
    );
  }

  in(grid: Grid): number[] {
    return this.steps(grid).flatMap((seqs) => seqs ?? []);
  }
}

function call(seq: number, seconds: number, tool = "Bash"): Row {
  const time = new Date(NOW - seconds * 1000).toISOString();
  return rowOf({ event: "tool_use", seq, time, data: { tool, duration_ms: 5 } });
}

function seqsOf(...rows: Row[]): Seqs {
  const seqs = new Seqs();
  for (const row of rows) seqs.add(row);
  return seqs;
}

test("a call is in the step in which it ended, whatever span is shown", () => {
  const seqs = seqsOf(call(1, 3), call(2, 300));
  expect([seqs.in(short), seqs.in(long)]).toEqual([[1], [2, 1]]);
});

test("what is no call, calls another agent, says no time or has not ended is left out", () => {
  const seqs = seqsOf(
    call(1, 3, "Agent"),
    rowOf({ event: "prompt", seq: 2, time: new Date(NOW - 3000).toISOString() }),
    rowOf({ event: "tool_use", seq: 3, data: { tool: "Bash", duration_ms: 4 } }),
    rowOf({ event: "tool_use", seq: 4, time: new Date(NOW - 3000).toISOString(), data: { tool: "Bash" } }),
  );
  expect(seqs.in(long)).toEqual([]);
});

test("each call of the page and of the history is counted once", () => {
  const seqs = seqsOf(call(8, 30), call(9, 5));
  const older = [call(9, 5), call(8, 30), call(6, 30), call(5, 9000)];
  seqs.addOlder(older);
  seqs.addOlder(older);
  expect(seqs.in(short)).toEqual([8, 6, 9]);
});

test("calls are forgotten where they are older than can be shown", () => {
  const seqs = new Seqs();
  for (let each = 0; each < 1000; each++) seqs.add(call(each, 2001 - 2 * each));
  expect(seqs.in(gridOf(spanNamed("2m"), NOW - 1_900_000))).toEqual([]);
  expect(seqs.in(short).length).toBe(59);
});
