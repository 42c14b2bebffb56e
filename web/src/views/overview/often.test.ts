import { expect, test } from "vitest";
import { MOST, Often } from "./often";

const NOW = 1_000_000;

function heard(...ages: number[]): Often<string> {
  const often = new Often<string>();
  for (const age of ages) often.add("key", NOW - age, `${age} ago`);
  return often;
}

test("five times within a minute is often, four are not", () => {
  expect(heard(50_000, 40_000, 30_000, 20_000).found(NOW)).toEqual([]);
  expect(heard(50_000, 40_000, 30_000, 20_000, 10_000).found(NOW)).toEqual([
    { what: "10000 ago", times: 5, since: NOW - 50_000 },
  ]);
});

test("what is a minute ago counts no more", () => {
  const often = heard(60_000, 40_000, 30_000, 20_000, 10_000);
  expect(often.found(NOW)).toEqual([]);
  often.add("key", NOW, "now");
  expect(often.found(NOW)).toHaveLength(1);
  expect(often.found(NOW + 21_000)).toEqual([]);
});

test("keys are told apart", () => {
  const often = new Often<string>();
  for (let time = 0; time < 8; time += 1) often.add(time % 2 ? "odd" : "even", NOW, "");
  expect(often.found(NOW)).toEqual([]);
});

test("no more is counted than a number that is plainly too many", () => {
  const often = heard(...new Array(500).fill(1000));
  expect(often.found(NOW)[0]?.times).toBe(MOST);
});

test("the key that was silent longest is lost first", () => {
  const often = heard(4, 3, 2, 1);
  for (let other = 0; other < 4000; other += 1) often.add(`${other}`, NOW, "");
  often.add("key", NOW, "now");
  expect(often.found(NOW)).toEqual([]);
});
