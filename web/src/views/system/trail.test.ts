import { expect, test } from "vitest";
import type { Instance } from "./status";
import { Trail } from "./trail";

function heard(instance: string, uptime: number, cpu: number): Instance {
  const beat = {
    service: "api",
    instance,
    pid: 1,
    uptime,
    interval: 2,
    cpu,
    memory: cpu * 100,
    counters: {},
    gauges: {},
  };
  return { alive: true, age: 0, beat };
}

test("each heartbeat is kept once, the oldest first", () => {
  const trail = new Trail();
  for (const [uptime, cpu] of [
    [1, 0.1],
    [1, 0.1],
    [2, 0.3],
  ] as const) {
    trail.take([heard("a", uptime, cpu)], 1000 * uptime);
  }
  expect([trail.cpu("a"), trail.memory("a"), trail.heard]).toEqual([[0.1, 0.3], [10, 30], 2000]);
});

test("no more than the last minute of heartbeats is kept, and nothing of a process that is not told of any more", () => {
  const trail = new Trail();
  for (let uptime = 0; uptime < 100; uptime++) trail.take([heard("a", uptime, uptime)], 0);
  expect([trail.cpu("a").length, trail.cpu("a")[0]]).toEqual([60, 40]);
  trail.take([heard("b", 1, 1)], 0);
  expect([trail.cpu("a"), trail.cpu("b")]).toEqual([[], [1]]);
});
