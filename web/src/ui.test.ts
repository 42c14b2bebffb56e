import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { paced } from "./ui";

const FRAME = 16;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("requestAnimationFrame", (frame: () => void) => setTimeout(frame, FRAME));
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** How often it was drawn in a second of calls every 10 ms, where a drawing takes so many milliseconds. */
function drawnInASecond(cost: number): number {
  let drawn = 0;
  const call = paced(() => {
    drawn += 1;
    vi.setSystemTime(Date.now() + cost);
  });
  vi.spyOn(performance, "now").mockImplementation(() => Date.now());
  const end = Date.now() + 1000;
  while (Date.now() < end) {
    call();
    vi.advanceTimersByTime(10);
  }
  return drawn;
}

test("many calls before a frame are one drawing, and none is drawn without a call", () => {
  let drawn = 0;
  const call = paced(() => {
    drawn += 1;
  });
  for (let calls = 0; calls < 100; calls++) call();
  vi.advanceTimersByTime(1000);
  expect(drawn).toBe(1);
  call();
  vi.advanceTimersByTime(1000);
  expect(drawn).toBe(2);
});

test("the dearer a drawing, the fewer there are, down to about four a second", () => {
  expect(drawnInASecond(0)).toBeGreaterThan(25);
  expect(drawnInASecond(20)).toBeLessThan(15);
  expect(drawnInASecond(200)).toBeGreaterThanOrEqual(2);
});
