import { expect, test } from "vitest";
import { Ring, type Rows } from "../../ring";
import { type Row, rowOf } from "../../rows";
import { folded, joined, Listing } from "./listing";

const START = Date.parse("2026-11-24T06:00:00Z");

function row(seq: number, phase = "", call = "", session = "s"): Row {
  const time = new Date(START + seq * 1000).toISOString();
  const data = { tool: "Bash", phase, tool_use_id: call };
  return rowOf({ event: phase ? "tool_use" : "prompt", seq, time, session, data });
}

function seqs(rows: Rows<Row>): number[] {
  return Array.from({ length: rows.end - rows.first }, (_, index) => rows.at(rows.first + index)?.seq ?? -1);
}

function ringOf(rows: readonly Row[], capacity = 100): Ring<Row> {
  const ring = new Ring<Row>(capacity);
  for (const each of rows) ring.push(each);
  return ring;
}

const EVERYTHING = { test: () => true, grouped: true };

test("the beginning of a call goes away when its end is there", () => {
  const ring = ringOf([row(1), row(2, "started", "a"), row(3), row(4, "started", "b")]);
  const listing = new Listing(EVERYTHING).take(ring, 0);
  expect(seqs(listing)).toEqual([1, 2, 3, 4]);
  const end = listing.end;
  ring.push(row(5, "finished", "a"));
  expect(seqs(listing.take(ring, 0))).toEqual([1, 3, 4, 5]);
  expect(listing.end).toBe(end + 1);
  expect(listing.at(end)?.seq).toBe(5);
});

test("calls of two sessions and calls without an id are none of each other's", () => {
  const rows = [row(1, "started", "a", "s"), row(2, "finished", "a", "t"), row(3, "started"), row(4, "failed")];
  expect(seqs(new Listing(EVERYTHING).take(ringOf(rows), 0))).toEqual([1, 2, 3, 4]);
  expect(folded(rows).map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
});

test("without grouping every row is there, and only the wanted ones are", () => {
  const rows = [row(1, "started", "a"), row(2, "finished", "a"), row(3)];
  expect(seqs(new Listing({ test: () => true, grouped: false }).take(ringOf(rows), 0))).toEqual([1, 2, 3]);
  const begun = { test: ({ word }: Row) => word === "started", grouped: true };
  expect(seqs(new Listing(begun).take(ringOf(rows), 0))).toEqual([1]);
});

test("what the source has forgotten or what is too old is gone", () => {
  const ring = ringOf(
    [1, 2, 3, 4].map((seq) => row(seq)),
    3,
  );
  const listing = new Listing(EVERYTHING).take(ring, 0);
  expect(seqs(listing)).toEqual([2, 3, 4]);
  expect(seqs(listing.take(ring, START + 4000))).toEqual([4]);
  ring.clear();
  expect(seqs(listing.take(ring, 0))).toEqual([]);
  ring.push(row(9));
  expect(seqs(listing.take(ring, 0))).toEqual([9]);
});

test("what is held stays as it was", () => {
  const ring = ringOf([row(1), row(2, "started", "a")]);
  const listing = new Listing(EVERYTHING).take(ring, 0);
  const held = listing.frozen();
  ring.push(row(3, "finished", "a"));
  listing.take(ring, 0);
  expect(seqs(held)).toEqual([1, 2]);
  expect(seqs(listing)).toEqual([1, 3]);
});

test("older rows stand before those that go on, also where they are held", () => {
  const ring = ringOf([row(5), row(6, "started", "a")]);
  const listing = new Listing(EVERYTHING).take(ring, 0);
  const both = joined([row(3), row(4)], listing);
  expect(seqs(both)).toEqual([3, 4, 5, 6]);
  expect(seqs(both.frozen())).toEqual([3, 4, 5, 6]);
  expect(joined([], listing)).toBe(listing);
});

test("a long log is listed with every call once, whatever the order of its parts", () => {
  const ring = new Ring<Row>(500);
  const listing = new Listing(EVERYTHING);
  const taken: Row[] = [];
  for (let seq = 1; seq <= 3000; seq += 1) {
    const call = String(Math.floor(seq / 7) * 2 + ((seq * 31) % 5));
    const each = row(seq, seq % 3 === 0 ? "finished" : "started", call);
    taken.push(each);
    ring.push(each);
    if (seq % 13 === 0) listing.take(ring, 0);
  }
  const found = seqs(listing.take(ring, 0));
  expect(found).toEqual([...found].sort((one, other) => one - other));
  expect(found.every((seq) => seq > 2500)).toBe(true);
  const ends = taken.filter(({ seq, word }) => seq > 2500 && word === "finished");
  expect(ends.every(({ seq }) => found.includes(seq))).toBe(true);
});

test("an end that had no room for what it was called with says what the beginning said", () => {
  const beginning = {
    tool: "Edit",
    phase: "started",
    tool_use_id: "toolu_f230cc1afebe6307ede93f22",
    summary: "cart.py",
  };
  const call = (seq: number, more: object) =>
    rowOf({ event: "tool_use", seq, session: "s", project: "p", data: { ...beginning, ...more } });
  const rows = new Ring<Row>(10);
  const listing = new Listing({ test: () => true, grouped: true });
  const failed = { phase: "failed", summary: null, tool_use_id: "f230cc1afebe6307ede93f22".slice(-20), duration_ms: 9 };
  for (const row of [call(1, {}), call(2, failed)]) rows.push(row);
  listing.take(rows, 0);
  const shown = listing.at(listing.end - 1);
  expect([listing.end - listing.first, shown?.seq, shown?.about, shown?.took]).toEqual([
    1,
    2,
    "Edit failed cart.py",
    9,
  ]);
  expect(listing.frozen().at(listing.end - 1)?.about).toBe("Edit failed cart.py");
});
