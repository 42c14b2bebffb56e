import { expect, test } from "vitest";
import { rowOf } from "../../rows";
import { Failing } from "./failing";

const NOW = Date.parse("2026-11-24T12:00:00Z");

function found(phase: string, number: number, agents = 1): number[] {
  const failing = new Failing();
  for (let seq = 1; seq <= number; seq += 1) {
    const data = { agent_id: `a${seq % agents}`, tool: "Bash", phase, error: `exit ${seq}` };
    failing.add(rowOf({ event: "tool_use", seq, project: "shop", session: "s1", agent: "qa", data }), NOW);
  }
  return failing.found(NOW).map(({ times }) => times);
}

test("five failures of an agent within a minute are a burst", () => {
  expect(found("failed", 4)).toEqual([]);
  expect(found("failed", 5)).toEqual([5]);
  expect(found("finished", 50)).toEqual([]);
});

test("failures of several agents are counted apart", () => {
  expect(found("failed", 8, 2)).toEqual([]);
  expect(found("failed", 12, 2)).toEqual([6, 6]);
});

test("what Lookout tells of itself is nobody's failure", () => {
  const failing = new Failing();
  for (let seq = 1; seq < 9; seq += 1) {
    failing.add(rowOf({ event: "health_status", seq, agent: "api", data: { status: "unhealthy" } }), NOW);
  }
  expect(failing.found(NOW)).toEqual([]);
});
