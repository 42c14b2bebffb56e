import { expect, test } from "vitest";
import { Ring } from "../../ring";
import { type Row, rowOf } from "../../rows";
import { BINS, barsOf, Churn, keyOf } from "./churn";

const NOON = Date.parse("2026-11-24T12:00:30Z");

function touch(seq: number, file: string, operation: string, minutesAgo = 0): Row {
  const stored = new Date(NOON - minutesAgo * 60_000).toISOString();
  return rowOf({ event: "file_operation", seq, stored, project: "shop", data: { file, operation, size: 1 } });
}

function ringOf(...rows: Row[]): Ring<Row> {
  const ring = new Ring<Row>(100);
  for (const row of rows) ring.push(row);
  return ring;
}

/** The bins that are not empty. */
function counts(values: readonly number[]): [minutesAgo: number, count: number][] {
  return values.flatMap((value, bin) => (value > 0 ? [[BINS - 1 - bin, value] as [number, number]] : []));
}

test("reads and changes are counted by the minute", () => {
  const churn = new Churn();
  churn.follow(ringOf(touch(1, "a.py", "read", 5), touch(2, "a.py", "edit", 5), touch(3, "a.py", "write")));
  const { reads, changes } = churn.stripOf([keyOf("shop", "a.py")], NOON);
  expect([counts(reads), counts(changes)]).toEqual([
    [[5, 1]],
    [
      [5, 1],
      [0, 1],
    ],
  ]);
});

test("files count together, and those of another project or time do not", () => {
  const churn = new Churn();
  churn.follow(ringOf(touch(1, "a.py", "read", 45), touch(2, "a.py", "read"), touch(3, "b.py", "read")));
  const strip = (...keys: string[]) => counts(churn.stripOf(keys, NOON).reads);
  expect(strip(keyOf("shop", "a.py"), keyOf("shop", "b.py"))).toEqual([[0, 2]]);
  expect(strip(keyOf("web", "a.py"))).toEqual([]);
});

test("rows are looked at once, and anew where another log began", () => {
  const churn = new Churn();
  const ring = ringOf(touch(1, "a.py", "read"));
  churn.follow(ring);
  ring.push(touch(2, "a.py", "read"));
  churn.follow(ring);
  churn.follow(ring);
  expect(counts(churn.stripOf([keyOf("shop", "a.py")], NOON).reads)).toEqual([[0, 2]]);
  churn.follow(ringOf(touch(1, "b.py", "read")));
  expect(counts(churn.stripOf([keyOf("shop", "a.py")], NOON).reads)).toEqual([]);
});

test("older rows are put before those that are known, each once", () => {
  const churn = new Churn();
  const ring = ringOf();
  churn.follow(ring);
  churn.putBefore([touch(1, "a.py", "read", 4), touch(2, "a.py", "read", 3)]);
  ring.push(touch(2, "a.py", "read", 3));
  ring.push(touch(3, "a.py", "read", 2));
  churn.follow(ring);
  churn.putBefore([touch(1, "a.py", "read", 4)]);
  const late = new Churn();
  late.follow(ringOf(touch(2, "a.py", "read", 3), touch(3, "a.py", "read", 2)));
  late.putBefore([touch(1, "a.py", "read", 4), touch(2, "a.py", "read", 3)]);
  for (const each of [churn, late]) {
    expect(counts(each.stripOf([keyOf("shop", "a.py")], NOON).reads)).toEqual([
      [4, 1],
      [3, 1],
      [2, 1],
    ]);
  }
});

test("of many files those that nobody has touched for long are forgotten", () => {
  const churn = new Churn();
  churn.follow(ringOf(touch(1, "old.py", "read", 45)));
  const ring = new Ring<Row>(10_000);
  ring.push(touch(1, "old.py", "read", 45));
  for (let number = 2; number < 5100; number++) ring.push(touch(number, `${number}.py`, "read"));
  churn.follow(ring);
  const old = churn.stripOf([keyOf("shop", "old.py")], NOON - 40 * 60_000);
  const young = churn.stripOf([keyOf("shop", "5000.py")], NOON);
  expect([counts(old.reads), counts(young.reads)]).toEqual([[], [[0, 1]]]);
});

test("a path that is longer than rows hold is found", () => {
  const long = `${"deep/".repeat(60)}a.py`;
  const churn = new Churn();
  churn.follow(ringOf(touch(1, long, "edit")));
  expect(counts(churn.stripOf([keyOf("shop", long)], NOON).changes)).toEqual([[0, 1]]);
});

test("bars stand on what is below them, and none is too low to be seen", () => {
  expect(barsOf([0, 2, 1], [0, 2, 0], 4, 16)).toBe("M3 8v-8h2v8zM6 16v-4h2v4z");
  expect(barsOf([1], [], 1000, 16)).toBe("M0 16v-1.5h2v1.5z");
});
