import { expect, test } from "vitest";
import { countersOf, type Instance, pauseOf, rowsOf, type SystemStatus, totalOf } from "./status";

function instance(service: string, name: string, more: Partial<Instance["beat"]> = {}, alive = true): Instance {
  const beat = {
    service,
    instance: name,
    pid: 1,
    uptime: 9,
    interval: 2,
    cpu: 0.1,
    memory: 9,
    counters: {},
    gauges: {},
  };
  return { alive, age: 1, beat: { ...beat, ...more } };
}

function status(instances: Instance[], services: SystemStatus["services"] = {}): SystemStatus {
  return { agents: "healthy", mcp_gateway: "unknown", services, instances, log: null };
}

test("it is asked as often as the services tell of themselves, within reason", () => {
  expect(pauseOf(null)).toBe(5);
  expect(pauseOf(status([]))).toBe(5);
  expect(pauseOf(status([instance("api", "a", { interval: 0.1 })]))).toBe(1);
  expect(pauseOf(status([instance("api", "a"), instance("stream", "b", { interval: 3 })]))).toBe(2);
  expect(pauseOf(status([instance("api", "a", { interval: 600 })]))).toBe(60);
});

test("a service that nobody has heard has a row, and so has each of its processes", () => {
  const both = [instance("api", "a"), instance("ingest", "b")];
  const rows = rowsOf(status(both, { ingest: "healthy", stream: "unhealthy", api: "healthy", nats: "healthy" }));
  expect(rows.map(({ service, word }) => [service, word])).toEqual([
    ["api", "healthy"],
    ["ingest", "healthy"],
    ["stream", "unhealthy"],
    ["nats", "healthy"],
  ]);
});

test("a process that was replaced is gone; one that was not is missing", () => {
  const replaced = [instance("api", "new"), instance("api", "old", {}, false)];
  expect(rowsOf(status(replaced)).map(({ word }) => word)).toEqual(["healthy", "gone"]);
  expect(rowsOf(status([instance("api", "old", {}, false)])).map(({ word }) => word)).toEqual(["unhealthy"]);
});

test("figures are those of the living processes together", () => {
  const all = [
    instance("ingest", "a", { counters: { requests: 5, refused_400: 1 }, gauges: { bytes_waiting: 7 } }),
    instance("ingest", "b", { counters: { requests: 6 }, gauges: { bytes_waiting: 1 } }),
    instance("ingest", "c", { counters: { requests: 100 } }, false),
    instance("stream", "d", { counters: { requests: 100 } }),
  ];
  expect(countersOf(all, "ingest")).toEqual({ requests: 11, refused_400: 1 });
  expect(totalOf(all, "ingest", ({ gauges }) => gauges.bytes_waiting)).toBe(8);
});
