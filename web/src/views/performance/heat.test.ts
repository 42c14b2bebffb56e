import { expect, test } from "vitest";
import { type Row, rowOf } from "../../rows";
import { EDGES, Heats, heat } from "./heat";
import { gridOf, spanNamed } from "./span";

function heatOf(rows: readonly Row[]) {
  const heats = new Heats();
  for (const row of rows) heats.add(row);
  return heats.in(gridOf(spanNamed(undefined), NOW + 60_000));
}

const NOW = Date.parse("2026-11-24T12:00:00Z");

function ended(tool: string, took: number) {
  const data = { tool, phase: "finished", duration_ms: took };
  return rowOf({ event: "tool_use", seq: 1, time: new Date(NOW).toISOString(), data });
}

test("calls are counted by tool and by how long they took, the most called tool first", () => {
  const rows = [ended("Read", 9.9), ended("Bash", 10), ended("Bash", 29), ended("Bash", 60_000), ended("Bash", 1e15)];
  const [bash, read] = heatOf(rows);
  expect([bash?.tool, bash?.calls, read?.tool, read?.calls]).toEqual(["Bash", 4, "Read", 1]);
  expect(bash?.counts).toEqual([0, 2, 0, 0, 0, 0, 0, 0, 0, 2]);
  expect(read?.counts[0]).toBe(1);
  expect(bash?.counts.length).toBe(EDGES.length + 1);
});

test("of many tools the most called ones are shown", () => {
  const tools = Array.from({ length: 20 }, (_, index) => `tool-${String(index).padStart(2, "0")}`);
  const heats = heatOf([...tools, "tool-19"].map((tool) => ended(tool, 1)));
  expect(heats.map(({ tool }) => tool)).toEqual(["tool-19", ...tools.slice(0, 11)]);
});

test.each([
  [0, 100, 0],
  [1, 1, 5],
  [1, 100, 1],
  [10, 100, 3],
  [100, 100, 5],
])("of %i calls, where %i are the most, the heat is %i", (count, most, expected) => {
  expect(heat(count, most)).toBe(expected);
});
