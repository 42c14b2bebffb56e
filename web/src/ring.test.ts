import { expect, test } from "vitest";
import { Ring, type Rows } from "./ring";

function contents<T>(rows: Rows<T>): (T | undefined)[] {
  return Array.from({ length: rows.end - rows.first }, (_, index) => rows.at(rows.first + index));
}

function filled(capacity: number, count: number): Ring<number> {
  const ring = new Ring<number>(capacity);
  for (let row = 0; row < count; row++) ring.push(row);
  return ring;
}

test("the newest rows are kept, under the numbers they always had", () => {
  const ring = filled(3, 5);
  expect([ring.first, ring.end]).toEqual([2, 5]);
  expect(contents(ring)).toEqual([2, 3, 4]);
  expect(ring.at(1)).toBeUndefined();
  expect(ring.at(5)).toBeUndefined();
});

test("what is frozen stays as it was while rows are added and dropped", () => {
  const ring = filled(3, 4);
  const frozen = ring.frozen();
  for (let row = 4; row < 20; row++) ring.push(row);
  expect(contents(frozen)).toEqual([1, 2, 3]);
});

test("a cleared ring goes on counting", () => {
  const ring = filled(3, 5);
  ring.clear();
  expect(contents(ring)).toEqual([]);
  ring.push(50);
  expect(ring.at(5)).toBe(50);
  expect(contents(ring)).toEqual([50]);
});
