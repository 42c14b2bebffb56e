import { expect, test } from "vitest";
import { fillsOf, toneOf } from "./fill";

test("what was measured is told in the order of time, and read once", () => {
  const session = { context_history: { "1200": 0.5, "900": 0.25 } };
  const fills = fillsOf(session);
  expect(fills).toEqual([
    { time: 900_000, fraction: 0.25 },
    { time: 1_200_000, fraction: 0.5 },
  ]);
  expect(fillsOf(session)).toBe(fills);
  expect(fillsOf({})).toEqual([]);
});

test.each([
  [0.69, "control"],
  [0.7, "warn"],
  [0.86, "high"],
  [0.95, "crit"],
])("a context that is %f full has the tone %s", (fraction, tone) => {
  expect(toneOf(fraction, [0.7, 0.85, 0.95])).toBe(tone);
});

test("without thresholds no context is worth a colour", () => {
  expect(toneOf(0.99)).toBe("control");
});
