import { expect, test } from "vitest";
import { partsOf, shares, totalOf } from "./spent";

test.each([[[1, 1, 1]], [[12, 480, 136_788, 7200]], [[1, 999_999]], [[7]], [[3, 3, 3, 3, 3, 3, 3]]])(
  "the shares of %j add up to 100",
  (values) => {
    const sum = shares(values).reduce((all, each) => all + Math.round(each * 10), 0);
    expect(sum).toBe(1000);
  },
);

test("the shares of nothing are nothing", () => {
  expect(shares([])).toEqual([]);
  expect(shares([0, 0])).toEqual([0, 0]);
});

test("kinds of which there are none are left out", () => {
  expect(partsOf({ input: 25, output: 75 })).toEqual([
    { kind: "input", tokens: 25, percent: 25 },
    { kind: "output", tokens: 75, percent: 75 },
  ]);
  expect(partsOf(undefined)).toEqual([]);
  expect(totalOf({ input: 1, cache_read: 2, cache_creation: 3, output: 4 })).toBe(10);
});
