import { expect, test } from "vitest";
import { byElement, windowOf } from "./window";

test("a list that follows shows its end", () => {
  const { first, last, canvas, tail } = windowOf(50_000, 24, 480, null);
  expect([canvas, tail]).toEqual([1_200_000, 1_199_520]);
  expect([first, last]).toEqual([49_974, 50_000]);
});

test("a list that is scrolled shows what is there, and some more on either side", () => {
  const { first, last } = windowOf(50_000, 24, 480, 2400);
  expect([first, last]).toEqual([94, 127]);
});

test("a short list is shown whole", () => {
  for (const scrolled of [null, 0]) {
    expect(windowOf(3, 24, 480, scrolled)).toMatchObject({ first: 0, last: 3, tail: 0 });
  }
});

test("wherever it is scrolled, what is in sight is in the document and fits into the pool", () => {
  for (let scrolled = 0; scrolled <= 1000 * 24 - 490; scrolled += 7) {
    const { first, last, pool } = windowOf(1000, 24, 490, scrolled);
    expect(first * 24).toBeLessThanOrEqual(scrolled);
    expect(last * 24).toBeGreaterThanOrEqual(Math.min(scrolled + 490, 1000 * 24));
    expect(last - first).toBeLessThanOrEqual(pool);
  }
});

test("no two rows in the document share an element, and moving on by one moves none", () => {
  const before = byElement(100, 133, 33);
  const after = byElement(101, 134, 33);
  expect(new Set(before.map((number) => number % 33)).size).toBe(33);
  expect(after.filter((number, index) => number !== before[index])).toEqual([133]);
});
