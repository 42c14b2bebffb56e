import { expect, test } from "vitest";
import { Reader } from "./reader";
import { Ring } from "./ring";

function tape(...seqs: number[]): Ring<{ seq: number }> {
  const ring = new Ring<{ seq: number }>(4);
  for (const seq of seqs) ring.push({ seq });
  return ring;
}

function reading() {
  const reader = new Reader<{ seq: number }>();
  const read: (number | string)[] = [];
  return (rows: Ring<{ seq: number }>) => {
    reader.read(
      rows,
      ({ seq }) => read.push(seq),
      () => read.push("again"),
    );
    return read.splice(0);
  };
}

test("each row is read once", () => {
  const read = reading();
  const rows = tape(1, 2);
  expect(read(rows)).toEqual([1, 2]);
  rows.push({ seq: 3 });
  expect(read(rows)).toEqual([3]);
  expect(read(rows)).toEqual([]);
});

test("rows that came and went unread are passed over", () => {
  const read = reading();
  const rows = tape(1);
  read(rows);
  for (const seq of [2, 3, 4, 5, 6, 7]) rows.push({ seq });
  expect(read(rows)).toEqual([4, 5, 6, 7]);
});

test("another tape is read from its first row", () => {
  const read = reading();
  read(tape(1, 2, 3));
  expect(read(tape(7, 8, 9, 10))).toEqual(["again", 7, 8, 9, 10]);
  expect(read(tape(7))).toEqual(["again", 7]);
});
