import { expect, test } from "vitest";
import type { Fields } from "../../protocol";
import { type Row, rowOf } from "../../rows";
import { Pulse } from "./pulse";

const NOW = 15_000 * 100;
let seq = 0;

function row(data: Fields, event = "tool_use"): Row {
  seq += 1;
  return rowOf({ event, seq, project: "shop", session: "s1", agent: "qa", data });
}

test("agents are counted once a step, each in its step", () => {
  const pulse = new Pulse();
  for (const agent_id of ["a", "a", "b"]) pulse.add(row({ agent_id }, "prompt"), NOW);
  pulse.add(row({ agent_id: "a" }, "prompt"), NOW - 15_000);
  const { agents } = pulse.course(NOW);
  expect(agents).toHaveLength(20);
  expect(agents.slice(-3)).toEqual([0, 1, 2]);
});

test("quantiles are of the calls of a step and of all", () => {
  const pulse = new Pulse();
  for (let each = 1; each <= 100; each += 1) pulse.add(row({ duration_ms: each }), NOW);
  pulse.add(row({ duration_ms: 5000 }), NOW - 30_000);
  pulse.add(row({ phase: "started" }), NOW);
  const { p95, overall } = pulse.course(NOW);
  expect(p95.slice(-4)).toEqual([null, 5000, null, 95]);
  expect(overall).toEqual({ median: 51, p95: 96, calls: 101 });
});

test("what is more than five minutes ago is forgotten, and of nothing nothing is known", () => {
  const pulse = new Pulse();
  pulse.add(row({ duration_ms: 7 }), NOW - 300_000);
  expect(pulse.course(NOW).overall).toEqual({ median: null, p95: null, calls: 0 });
  expect(pulse.course(NOW).agents.every((each) => each === 0)).toBe(true);
});

test("what Lookout tells of itself and what has no time count nothing", () => {
  const pulse = new Pulse();
  pulse.add(row({ status: "healthy" }, "health_status"), NOW);
  pulse.add(row({ duration_ms: 7 }), Number.NaN);
  expect(pulse.course(NOW).agents.at(-1)).toBe(0);
});
