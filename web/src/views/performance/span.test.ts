import { expect, test } from "vitest";
import { gridOf, sorted, spanNamed } from "./span";

const NOW = Date.parse("2026-11-24T06:10:01.500Z");

test("a grid holds the steps that have ended", () => {
  const { times, from, to, slot } = gridOf(spanNamed("2m"), NOW);
  expect([times.length, times[0], to - from]).toEqual([60, from, 120_000]);
  expect(to).toBe(Date.parse("2026-11-24T06:10:00Z"));
  expect([slot(from), slot(to - 1), slot(to)]).toEqual([0, 59, 60]);
});

test("an unknown name is the last two minutes", () => {
  expect([spanNamed(undefined).id, spanNamed("constructor").id, spanNamed("2h").id]).toEqual(["2m", "2m", "2h"]);
});

test("values fall into their steps in order, and those outside into none", () => {
  const grid = gridOf(spanNamed("2m"), NOW);
  const slots = sorted(grid, [
    [grid.to - 1, 9],
    [grid.to - 2, 3],
    [grid.to, 1],
    [grid.from - 1, 1],
  ]);
  expect(slots.at(-1)).toEqual([3, 9]);
  expect(slots.flat()).toHaveLength(2);
});
