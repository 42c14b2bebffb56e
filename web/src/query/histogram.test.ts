import { expect, test } from "vitest";
import {
  BUCKETS,
  barEdges,
  barPath,
  barsTime,
  barWords,
  brushed,
  HEIGHT,
  type Histogram,
  histogramPath,
  moved,
  summary,
  tableOf,
  ticksOf,
} from "./histogram";
import { between, DAY, HOUR, last, MINUTE } from "./range";

const START = new Date(2026, 10, 24, 20, 0, 0).getTime();
const COUNTS = Array.from({ length: BUCKETS }, (_, index) => index);

const HOUR_OF: Histogram = {
  after: new Date(START).toISOString(),
  before: new Date(START + HOUR).toISOString(),
  counts: COUNTS,
  errors: COUNTS.map((count) => (count === 30 ? 3 : 0)),
  sampled: 1,
};

test("bars of the last hour stand still for a minute, and then move on by one", () => {
  const at = START + 30 * MINUTE;
  expect(barEdges(last(HOUR), at + 1)).toEqual(barEdges(last(HOUR), at + MINUTE));
  expect(barEdges(last(HOUR), at + MINUTE + 1).before).toBe(at + 2 * MINUTE);
  expect(barEdges(between(1000, 9000), at)).toEqual(between(1000, 9000));
});

test("the path asks for what is shown", () => {
  const url = new URL(histogramPath("tool:Bash dur>1s", between(0, 60_000)), "http://localhost");
  expect(Object.fromEntries(url.searchParams)).toEqual({
    q: "tool:Bash dur>1s",
    after: "1970-01-01T00:00:00Z",
    before: "1970-01-01T00:01:00Z",
    buckets: "60",
  });
});

test("the highest bar fills the height, the lowest can be seen, and none is drawn for nothing", () => {
  const path = barPath([0, 1, 10_000], 10_000);
  expect(path.match(/M/g)).toHaveLength(2);
  expect(path).toContain(`M2.1 ${HEIGHT}V0.00`);
  expect(path).toContain(`V${(HEIGHT - 1.5).toFixed(2)}`);
});

test("it is said in words", () => {
  expect(summary(HOUR_OF)).toBe("1,770 events, 3 errors (0.2 %); most at 20:59:00, 59 in 1 min.");
  expect(summary({ ...HOUR_OF, sampled: 4 })).toMatch(/^About 1,770 events/);
  expect(summary({ ...HOUR_OF, counts: COUNTS.map(() => 0) })).toBe("No events.");
  expect(barWords(HOUR_OF, 30, 31)).toBe("20:30:00 to 20:31:00: 30 events, 3 errors (10.0 %)");
  expect(barWords(HOUR_OF, 1, 2)).toBe("20:01:00 to 20:02:00: 1 event");
});

test("a table says the same in few rows", () => {
  const rows = tableOf(HOUR_OF);
  expect(rows).toHaveLength(20);
  expect(rows[0]).toEqual({ time: "20:00:00 to 20:03:00", events: 3, errors: 0 });
  expect(rows.reduce((total, { events }) => total + events, 0)).toBe(1770);
  expect(rows.reduce((total, { errors }) => total + errors, 0)).toBe(3);
});

test.each([5 * 1000, MINUTE, 7 * MINUTE, HOUR, DAY, 30 * DAY])("ticks over %i ms are round and few", (span) => {
  const ticks = ticksOf(between(START + 777, START + 777 + span), 6);
  expect(ticks.length).toBeGreaterThan(0);
  expect(ticks.length).toBeLessThanOrEqual(7);
  expect(ticks.every(({ at }) => at >= 0 && at < 1)).toBe(true);
});

test("ticks of an hour are every ten minutes", () => {
  const ticks = ticksOf(between(START, START + HOUR), 6);
  expect(ticks.map(({ text }) => text)).toEqual(["20:00", "20:10", "20:20", "20:30", "20:40", "20:50"]);
});

test("bars are chosen with keys", () => {
  const at = { anchor: 10, cursor: 10 };
  expect(moved(at, "ArrowRight", true)).toEqual({ anchor: 10, cursor: 11 });
  expect(moved(at, "ArrowLeft", false)).toEqual({ anchor: 9, cursor: 9 });
  expect(moved(at, "End", true)).toEqual({ anchor: 10, cursor: 59 });
  expect(moved(at, "PageUp", true)).toEqual({ anchor: 10, cursor: 0 });
  expect(moved(at, "x", false)).toBeUndefined();
  expect(brushed({ anchor: 10, cursor: 7 })).toEqual([7, 11]);
  expect(barsTime(HOUR_OF, 7, 11)).toEqual(between(START + 7 * MINUTE, START + 11 * MINUTE));
});
