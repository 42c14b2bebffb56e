import { expect, test } from "vitest";
import { neighbour, rowOfSeq } from "./find";
import { Ring } from "./ring";

const rows = new Ring<{ seq: number; agent: string }>(6);
for (const seq of [2, 4, 5, 8, 9, 12, 15, 20]) rows.push({ seq, agent: seq % 2 ? "odd" : "even" });

test("a row is found by its seq, where it is still there", () => {
  expect([5, 8, 15, 20].map((seq) => rowOfSeq(rows, seq)?.seq)).toEqual([5, 8, 15, 20]);
  expect([2, 4, 6, 21, 0].map((seq) => rowOfSeq(rows, seq))).toEqual(Array(5).fill(undefined));
});

test("neighbours are found in either direction, up to the ends", () => {
  const odd = ({ agent }: { agent: string }) => agent === "odd";
  expect(neighbour(rows, 9, 1, odd)?.seq).toBe(15);
  expect(neighbour(rows, 9, -1, odd)?.seq).toBe(5);
  expect(neighbour(rows, 10, 1, () => true)?.seq).toBe(12);
  expect(neighbour(rows, 10, -1, () => true)?.seq).toBe(9);
  expect(neighbour(rows, 20, 1, () => true)).toBeUndefined();
  expect(neighbour(rows, 5, -1, () => true)).toBeUndefined();
});
