import { expect, test } from "vitest";
import { isBehind } from "./behind";

const flow = (lag: number | null, leastLag: number, perSecond: number) => ({
  lag,
  leastLag,
  rate: { perSecond: () => perSecond },
});

test("who is late now and was not before is behind, while something comes", () => {
  expect(isBehind(flow(12_000, 3, 100), 0)).toBe(true);
  expect(isBehind(flow(12_000, 3, 0), 0)).toBe(false);
  expect(isBehind(flow(900, 3, 100), 0)).toBe(false);
  expect(isBehind(flow(null, Number.POSITIVE_INFINITY, 0), 0)).toBe(false);
});

test("a clock that differs is no delay", () => {
  expect(isBehind(flow(60_000, 59_000, 100), 0)).toBe(false);
});
