import { expect, test } from "vitest";
import { change, difference, mean, series, spendingOf, touches } from "./figures";

const NOW = 1_800_000_123_400;
const SECOND = Math.floor(NOW / 1000);
const MINUTE = SECOND - (SECOND % 60);

function state(...projects: object[]): never {
  return { projects: Object.fromEntries(projects.map((project, index) => [`p${index}`, project])) } as never;
}

test("seconds are those up to now, over all projects, and those of silence are 0", () => {
  const one = { activity: { seconds: { [SECOND]: { events: 3 }, [SECOND - 2]: { events: 5, errors: 1 } } } };
  const other = { activity: { seconds: { [SECOND - 2]: { events: 2 }, [SECOND - 200]: { events: 9 } } } };
  expect(series(state(one, other), "events", "seconds", 4, NOW)).toEqual([0, 7, 0, 3]);
  expect(series(state(one, other), "errors", "seconds", 4, NOW)).toEqual([0, 1, 0, 0]);
});

test("minutes are those up to the one that goes on", () => {
  const project = { activity: { minutes: { [MINUTE]: { events: 1 }, [MINUTE - 120]: { events: 4 } } } };
  expect(series(state(project), "events", "minutes", 3, NOW)).toEqual([4, 0, 1]);
});

test("a second that the page's clock has not reached counts nothing", () => {
  const project = { activity: { seconds: { [SECOND + 1]: { events: 1 } } } };
  expect(series(state(project), "events", "seconds", 3, NOW)).toEqual([0, 0, 0]);
});

test("files count in the minute in which they were touched last", () => {
  const at = (second: number) => ({ time: new Date(second * 1000).toISOString() });
  const files = { a: at(SECOND), b: at(MINUTE), c: at(MINUTE - 61), d: at(MINUTE - 7200), e: {} };
  expect(touches(state({ files }), 3, NOW)).toEqual([1, 0, 2]);
});

test("spending is that of all sessions, and a cost that nobody tells is not 0", () => {
  const sessions = { a: { tokens: { input: 1, output: 2 }, cost_usd: 1.5 }, b: { tokens: { cache_read: 4 } } };
  expect(spendingOf(state({ sessions }))).toMatchObject({ tokens: 7, input: 1, output: 2, cache_read: 4, cost: 1.5 });
  expect(spendingOf(state({ sessions: { c: {} } })).cost).toBeNull();
});

test.each([
  [12, 10, "+20 %"],
  [5, 10, "−50 %"],
  [10, 10, ""],
  [0, 0, ""],
  [3, 0, "new"],
  [3000, 1, "×10 and more"],
])("from %d before to %d is a change of %s", (now, before, expected) => {
  expect(change(now, before)).toBe(expected);
});

test("differences are signed", () => {
  expect([difference(3, 1), difference(1, 3), difference(2, 2)]).toEqual(["+2", "−2", ""]);
  expect(mean([])).toBe(0);
});
