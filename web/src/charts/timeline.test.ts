import { expect, test } from "vitest";
import { fitted, type Look, panned, scaleOf, ticksOf, timeAt, timeOfDay, xOf, zoomed } from "./timeline";

const NOW = new Date(2026, 10, 24, 21, 32, 7).getTime();
const FIVE_MINUTES = 300_000;
const live: Look = { span: FIVE_MINUTES, to: null };

test("what follows the present ends with it at the right edge", () => {
  const scale = scaleOf(live, NOW, 200, 1000);
  expect(xOf(scale, NOW)).toBe(1000);
  expect(xOf(scale, NOW - FIVE_MINUTES)).toBe(200);
  expect(timeAt(scale, 600)).toBe(NOW - FIVE_MINUTES / 2);
});

test("zooming keeps the time under the pointer where it is", () => {
  const look = { span: 60_000, to: NOW - 100_000 };
  const around = NOW - 130_000;
  const before = xOf(scaleOf(look, NOW, 0, 900), around);
  expect(xOf(scaleOf(zoomed(look, 0.5, NOW, around), NOW, 0, 900), around)).toBeCloseTo(before);
});

test("zooming while it follows goes on following, and ends at a second and at a day", () => {
  expect(zoomed(live, 2, NOW)).toEqual({ span: 2 * FIVE_MINUTES, to: null });
  expect(zoomed(live, 1e-9, NOW).span).toBe(1000);
  expect(zoomed(live, 1e9, NOW).span).toBe(86_400_000);
});

test("panning back stops following, and panning to the present follows again", () => {
  const back = panned(live, -60_000, NOW);
  expect(back).toEqual({ span: FIVE_MINUTES, to: NOW - 60_000 });
  expect(panned(back, 60_000, NOW)).toEqual(live);
});

test("what is fitted has room on either side, be it ever so short", () => {
  const scale = scaleOf(fitted(NOW - 90_000, NOW - 80_000, NOW), NOW, 0, 100);
  expect(scale.from).toBeLessThan(NOW - 90_000);
  expect(scale.to).toBeGreaterThan(NOW - 80_000);
  expect(fitted(NOW - 9000, NOW - 9000, NOW).span).toBe(1000);
});

test("ticks are at round times and have room for their labels", () => {
  const ticks = ticksOf(scaleOf(live, NOW, 200, 600));
  expect(ticks.map(({ label }) => label)).toEqual(["21:28", "21:29", "21:30", "21:31", "21:32"]);
  for (const span of [1000, 10_000, 3_600_000, 86_400_000]) {
    const xs = ticksOf(scaleOf({ span, to: null }, NOW, 0, 800)).map(({ x }) => x);
    expect(xs.length).toBeGreaterThan(0);
    expect(xs.length).toBeLessThanOrEqual(11);
    expect(xs.every((x) => x >= 0 && x <= 800)).toBe(true);
  }
});

test("a time of day has seconds where they matter", () => {
  expect([timeOfDay(NOW, false), timeOfDay(NOW, true)]).toEqual(["21:32", "21:32:07"]);
});
