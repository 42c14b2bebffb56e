import { expect, test } from "vitest";
import { type Row, rowOf } from "../../rows";
import { Looping, summaryOf } from "./looping";

const NOW = Date.parse("2026-11-24T12:00:00Z");
let seq = 0;

function call(phase: string, more: object = {}, agent = "a1"): Row {
  seq += 1;
  const data = { agent_id: agent, tool: "Bash", phase, summary: "pytest -q", ...more };
  return rowOf({ event: "tool_use", seq, project: "shop", session: "s1", agent: "engineer", data });
}

function found(...rows: Row[]): [string, number][] {
  const looping = new Looping();
  for (const row of rows) looping.add(row, NOW);
  return looping.found(NOW).map(({ what, times }) => [summaryOf(what), times]);
}

function times<T>(number: number, make: (index: number) => T): T[] {
  return Array.from({ length: number }, (_, index) => make(index));
}

test("the same call five times is a loop, whether its beginnings are told, its ends, or both", () => {
  expect(found(...times(4, () => call("started")))).toEqual([]);
  expect(found(...times(5, () => call("started")))).toEqual([["pytest -q", 5]]);
  expect(found(...times(6, () => call("finished")))).toEqual([["pytest -q", 6]]);
  expect(found(...times(5, () => [call("started"), call("finished")]).flat())).toEqual([["pytest -q", 5]]);
});

test("a call that fails each time with the same error is a loop", () => {
  expect(found(...times(5, () => call("failed", { error: "exit 1" })))).toEqual([["pytest -q exit 1", 5]]);
});

test("calls that differ in what they are called with, in their tool or in their agent are none", () => {
  expect(found(...times(9, (index) => call("started", { summary: `pytest -k test_${index}` })))).toEqual([]);
  expect(found(...times(8, (index) => call("started", { tool: index % 2 ? "Bash" : "Shell" })))).toEqual([]);
  expect(found(...times(8, (index) => call("started", {}, `a${index % 2}`)))).toEqual([]);
});

test("calls of which nothing is said but their tool are none", () => {
  expect(found(...times(9, () => call("started", { summary: "" })))).toEqual([]);
});

test("several loops of an agent with one tool are told as the one that is the longest", () => {
  const slow = times(5, () => call("started", { summary: "make" }));
  const fast = times(7, () => call("started", { summary: "ls" }));
  expect(found(...slow, ...fast)).toEqual([["ls", 7]]);
});
