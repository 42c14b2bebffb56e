import { expect, test } from "vitest";
import { distinct, lasting, nearest, quantile, roundUp, stacked, steps, summary } from "./plot";

test("the nearest time is found between, on and beyond the times", () => {
  const times = [10, 20, 40];
  expect([-5, 10, 14, 16, 29, 31, 99].map((time) => nearest(times, time))).toEqual([0, 0, 0, 1, 1, 2, 2]);
  expect(nearest([], 5)).toBe(-1);
});

test("an axis ends at a round number that is not below its values", () => {
  expect([0, 0.034, 1, 7, 11, 99, 101, 4982].map(roundUp)).toEqual([1, 0.04, 1, 8, 12, 100, 120, 5000]);
  expect(roundUp(Number.NaN)).toBe(1);
});

test("stacked series stand on each other, and what is not known adds nothing", () => {
  const all = stacked([
    { label: "a", values: [1, null, 3, null] },
    { label: "b", values: [10, 20, null, null] },
  ]);
  expect(all.map(({ values }) => values)).toEqual([
    [1, 0, 3, null],
    [11, 20, 3, null],
  ]);
});

test("a chart is told in a sentence", () => {
  const all = [
    { label: "events", values: [3, 120, 42, null] },
    { label: "errors", values: [null] },
  ];
  expect(summary("Throughput", all, (value) => `${value}/s`)).toBe(
    "Throughput: events 42/s now, at most 120/s; errors not known yet.",
  );
});

test("steps begin at whole ones and hold every time that is asked for", () => {
  const { times, slot } = steps(1_500, 4_200, 1000);
  expect(times).toEqual([1000, 2000, 3000, 4000]);
  expect([1500, 1999, 2000, 4200].map(slot)).toEqual([0, 0, 1, 3]);
});

test("quantiles are values that are there", () => {
  const sorted = Array.from({ length: 100 }, (_, index) => index + 1);
  expect([0, 0.5, 0.95, 1].map((fraction) => quantile(sorted, fraction))).toEqual([1, 50, 95, 100]);
  expect(quantile([], 0.5)).toBeNull();
});

test("durations have three digits at most, and labels that say the same are said once", () => {
  expect([0, 0.25, 323.4, 4210, 78_000, 9e6].map(lasting)).toEqual([
    "0 ms",
    "0.25 ms",
    "323 ms",
    "4.21 s",
    "1.3 min",
    "2.5 h",
  ]);
  expect(distinct(["0", "1", "1", "2"])).toEqual(["0", "1", "", "2"]);
});
