import { expect, test } from "vitest";
import { Rate } from "./rate";

const START = 1_800_000_000_000;

test("the rate is that of the last five whole seconds", () => {
  const rate = new Rate();
  for (let second = 0; second < 10; second++) rate.add(100, START + second * 1000);
  expect(rate.perSecond(START + 10_000)).toBe(100);
});

test("the second that runs does not count yet", () => {
  const rate = new Rate();
  rate.add(50, START);
  expect(rate.perSecond(START + 900)).toBe(0);
  expect(rate.perSecond(START + 1000)).toBe(10);
});

test("silence brings it to nothing", () => {
  const rate = new Rate();
  rate.add(50, START);
  expect(rate.perSecond(START + 5900)).toBe(10);
  expect(rate.perSecond(START + 6000)).toBe(0);
  expect(rate.perSecond(START + 3_600_000)).toBe(0);
});
