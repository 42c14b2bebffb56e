import { expect, test } from "vitest";
import { courseOf } from "./course";

const NOW = 1_000_000_000;
const SECOND = NOW / 1000;

test("measurements lie between the first and now, where the last one holds on", () => {
  const context_history = { [SECOND - 100]: 0.2, [SECOND - 50]: 0.6 };
  const course = courseOf({ context_history, context_percentage: 0.6 }, [NOW - 75_000, NOW - 999_000], NOW);
  expect(course?.points.map(({ x, fraction }) => [x, fraction])).toEqual([
    [0, 0.2],
    [0.5, 0.6],
    [1, 0.6],
  ]);
  expect(course?.compactions).toEqual([0.25]);
});

test("the course of a session that has ended ends with it", () => {
  const ended = new Date(NOW - 40_000).toISOString();
  expect(courseOf({ context_history: { [SECOND - 140]: 0.2 }, ended }, [], NOW)?.to).toBe(NOW - 40_000);
});

test("one measurement just now has a minute of room", () => {
  const course = courseOf({ context_history: { [SECOND]: 0.2 } }, [], NOW);
  expect([course?.from, course?.to]).toEqual([NOW - 60_000, NOW]);
});

test("without measurements there is none", () => {
  expect(courseOf({}, [], NOW)).toBeNull();
});
