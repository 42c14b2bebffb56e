import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Turns } from "./turns";

const FRAME = 16;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("requestAnimationFrame", (frame: () => void) => setTimeout(frame, FRAME));
  vi.spyOn(performance, "now").mockImplementation(() => Date.now());
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** How often it was drawn in a second of calls every 10 ms, where a drawing takes so many milliseconds. */
function drawnInASecond(cost: number, apart = 0): number {
  let drawn = 0;
  const turn = new Turns().join(() => {
    drawn += 1;
    vi.setSystemTime(Date.now() + cost);
  }, apart);
  const end = Date.now() + 1000;
  while (Date.now() < end) {
    turn.ask();
    vi.advanceTimersByTime(10);
  }
  return drawn;
}

test("who asks many times before a frame draws once, and nobody draws unasked", () => {
  let drawn = 0;
  const turn = new Turns().join(() => {
    drawn += 1;
  });
  for (let calls = 0; calls < 100; calls++) turn.ask();
  vi.advanceTimersByTime(1000);
  expect(drawn).toBe(1);
  turn.ask();
  vi.advanceTimersByTime(1000);
  expect(drawn).toBe(2);
});

test("the dearer a drawing, the fewer there are, down to about four a second", () => {
  expect(drawnInASecond(0)).toBeGreaterThan(25);
  expect(drawnInASecond(20)).toBeLessThan(18);
  expect(drawnInASecond(200)).toBeGreaterThanOrEqual(2);
});

test("who wants to draw twice a second at most does so, at once after a silence, and misses nothing", () => {
  expect(drawnInASecond(0, 500)).toBe(2);
  const drawn: number[] = [];
  const turn = new Turns().join(() => drawn.push(Date.now()), 500);
  const began = Date.now();
  turn.ask();
  vi.advanceTimersByTime(100);
  turn.ask();
  vi.advanceTimersByTime(900);
  expect(drawn.map((time) => time - began)).toEqual([FRAME, FRAME + 500 + FRAME]);
});

test("several draw in the order in which they asked, each in a frame of its own", () => {
  const turns = new Turns();
  const drawn: [string, number][] = [];
  const began = Date.now();
  for (const name of ["a", "b", "c"]) turns.join(() => drawn.push([name, Date.now() - began])).ask();
  vi.advanceTimersByTime(1000);
  expect(drawn.map(([name]) => name)).toEqual(["a", "b", "c"]);
  expect(new Set(drawn.map(([, time]) => time)).size).toBe(3);
});

test("who leaves does not draw any more, and the others do", () => {
  const turns = new Turns();
  const drawn: string[] = [];
  const [one, other] = ["one", "other"].map((name) => turns.join(() => drawn.push(name)));
  one?.ask();
  other?.ask();
  one?.leave();
  vi.advanceTimersByTime(1000);
  expect(drawn).toEqual(["other"]);
});
