import { afterEach, expect, test } from "vitest";
import { timeOfDay } from "./charts/timeline";
import { clockOf, dayOf, sameDay } from "./query/range";
import { clock } from "./text";
import { utc } from "./zone";

const TIME = Date.parse("2026-11-24T23:28:05.120Z");

afterEach(() => {
  utc.value = false;
});

test("times are those of the clock on the wall, or of UTC", () => {
  const wall = new Date(TIME);
  const hours = String(wall.getHours()).padStart(2, "0");
  const minutes = String(wall.getMinutes()).padStart(2, "0");
  expect([clock(TIME), clockOf(TIME), timeOfDay(TIME, false)]).toEqual([
    `${hours}:${minutes}:05.120`,
    `${hours}:${minutes}:05`,
    `${hours}:${minutes}`,
  ]);
  utc.value = true;
  expect([clock(TIME), clockOf(TIME), timeOfDay(TIME, false), dayOf(TIME)]).toEqual([
    "23:28:05.120",
    "23:28:05",
    "23:28",
    "24 Nov",
  ]);
});

test("in UTC the day ends when it does there", () => {
  utc.value = true;
  expect(sameDay(TIME, Date.parse("2026-11-24T00:00:00Z"))).toBe(true);
  expect(sameDay(TIME, TIME + 3_600_000)).toBe(false);
});

test("the first and the last dates there are can be shown", () => {
  utc.value = true;
  expect(clock(Date.parse("0001-01-01T00:00:00Z"))).toBe("00:00:00.000");
  expect(clock(Date.parse("9999-12-31T23:59:59.999Z"))).toBe("23:59:59.999");
});
