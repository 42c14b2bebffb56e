import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Json } from "./patch";
import type { EventFrame, Frame } from "./protocol";
import { Store } from "./store";

const NOW = Date.parse("2026-11-24T06:00:00Z");

let asked = 0;
let store: Store;

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  asked = 0;
  store = new Store(
    () => {},
    () => {
      asked += 1;
    },
  );
});

afterEach(() => {
  vi.useRealTimers();
});

const hello = (seq: number, epoch = "e1"): Frame => ({ event: "hello", data: { epoch, seq } });
const subscribed = (recovered: boolean, to: number): Frame => ({ event: "subscribed", data: { recovered, to } });
const state = (seq: number, state: Json = {}, epoch = "e1"): Frame => ({ event: "state", data: { epoch, seq, state } });
const event = (seq: number, more: Partial<EventFrame> = {}): EventFrame => ({ event: "deploy", seq, ...more });
const patch = (from: number, seq: number, patch: Json, epoch = "e1"): Frame => ({
  event: "state_patch",
  data: { epoch, from, seq, patch },
});

function receive(...frames: Frame[]): void {
  for (const frame of frames) store.receive(frame);
}

function seqs(): number[] {
  const { rows } = store;
  return Array.from({ length: rows.end - rows.first }, (_, index) => rows.at(rows.first + index)?.seq ?? -1);
}

test("events come alone and in batches, and one that was sent twice is kept once", () => {
  receive(hello(0), subscribed(true, 0), event(1), { event: "batch", seq: 5, data: [event(2), event(4)] }, event(4));
  expect(seqs()).toEqual([1, 2, 4]);
});

test("the log counts as used from the first event that is not Lookout's own", () => {
  receive(hello(0), subscribed(true, 0), event(1, { event: "health_status" }));
  expect(store.used).toBe(false);
  receive(event(2));
  expect(store.used).toBe(true);
});

test("what was erased leaves a row that says so, and no hole", () => {
  const erased = event(4, { event: "erased", data: { from: 2, to: 4, project: "p", session: "s" } });
  receive(hello(0), subscribed(true, 0), { event: "batch", seq: 5, data: [event(1), erased, event(5)] });
  expect(seqs()).toEqual([1, 4, 5]);
  expect(store.rows.at(1)?.about).toBe("3 events of a session were erased: #2 to #4");
});

test("the rows of a session that is erased are dropped, and no others", () => {
  const of = (seq: number, project: string, session: string): EventFrame => event(seq, { project, session });
  receive(hello(0), subscribed(true, 0), of(1, "p", "s"), of(2, "p", "t"), of(3, "q", "s"), of(4, "p", "s"));
  const numbers = store.rows.end;
  receive(event(5, { event: "session_erased", project: "p", data: { session_id: "s", by: "ada" } }));
  expect(seqs()).toEqual([2, 3, 5]);
  expect(store.rows.first).toBeGreaterThanOrEqual(numbers);
  expect(store.rows.at(store.rows.end - 1)?.about).toBe("s was erased by ada");
  receive(event(6, { event: "session_erased", project: "p", data: { session_id: "unknown" } }));
  expect(seqs()).toEqual([2, 3, 5, 6]);
});

test("a line that Lookout did not write is left out", () => {
  receive(hello(0), { event: "batch", seq: 2, data: [JSON.parse("{}"), event(2)] });
  expect(seqs()).toEqual([2]);
});

test("patches that follow on the state are merged, those that it contains are ignored", () => {
  receive(state(10, { a: 1 }), patch(8, 10, { a: 0 }), patch(10, 12, { b: 2 }), patch(12, 12, { c: 3 }));
  expect(store.state).toEqual({ a: 1, b: 2, c: 3 });
  expect(asked).toBe(0);
});

test("after a patch that does not follow, or of another log, the state is asked for and stays as it was", () => {
  receive(state(10, { a: 1 }), patch(11, 12, { a: 2 }), patch(10, 12, { a: 3 }, "e2"));
  expect(store.state).toEqual({ a: 1 });
  expect(asked).toBe(2);
});

test("what was caught up on counts as such, and neither as rate nor as lag", () => {
  const old = { stored: new Date(NOW - 60_000).toISOString() };
  receive(hello(2), subscribed(true, 2), event(1, old), event(2, old));
  expect([store.lag, store.caughtUp]).toEqual([null, null]);
  receive(hello(9), subscribed(true, 9));
  expect(store.caughtUp).toEqual({ at: NOW, events: 7, missing: 0, skipped: 0 });
  receive(event(9, old), event(10, { stored: new Date(NOW - 12).toISOString() }));
  expect(store.lag).toBe(12);
  expect(store.rate.perSecond(NOW + 1000)).toBe(0.2);
});

test("where events are no longer kept, the list says which, and goes on after them", () => {
  receive(hello(2), subscribed(true, 2), state(2), event(1), event(2));
  receive(hello(50), subscribed(false, 50), state(40), subscribed(true, 50), event(41));
  expect(seqs()).toEqual([1, 2, 40, 41]);
  expect(store.rows.at(2)).toMatchObject({ type: "gap", about: "38 events are no longer kept: #3 to #40" });
  expect(store.caughtUp).toEqual({ at: NOW, events: 10, missing: 38, skipped: 0 });
});

test("what the list has no room for is told by number, and once", () => {
  receive(hello(2), subscribed(true, 2), event(1), event(2));
  receive(hello(90));
  store.skip(3, 80);
  receive(subscribed(true, 90), event(81));
  expect(seqs()).toEqual([1, 2, 80, 81]);
  expect(store.rows.at(2)).toMatchObject({ type: "gap", about: "78 events are not in this list: #3 to #80" });
  expect(store.caughtUp).toEqual({ at: NOW, events: 10, missing: 0, skipped: 78 });
  receive(hello(95), subscribed(true, 95));
  expect(store.caughtUp).toEqual({ at: NOW, events: 14, missing: 0, skipped: 0 });
});

test("what the refused subscription goes on sending does not stand in the way of what lies between", () => {
  receive(hello(2), subscribed(true, 2), state(2), event(1), event(2));
  receive(hello(50), subscribed(false, 50), event(51), state(48), event(52), state(51), subscribed(true, 52));
  receive({ event: "batch", seq: 52, data: [event(49), event(50), event(51), event(52)] });
  expect(seqs()).toEqual([1, 2, 48, 49, 50, 51, 52]);
});

test("on a first visit, what is no longer kept is not missing", () => {
  receive(hello(900), subscribed(false, 900), state(890), subscribed(true, 900), event(891));
  expect(seqs()).toEqual([891]);
  expect(store.caughtUp).toBeNull();
});

test("another log clears the list and begins anew, even where its seqs are lower", () => {
  receive(hello(90), subscribed(true, 90), state(90, { a: 1 }), event(91));
  receive(hello(3, "e2"), subscribed(false, 3), state(3, { b: 2 }, "e2"), subscribed(true, 3), event(4));
  expect(seqs()).toEqual([4]);
  expect(store.state).toEqual({ b: 2 });
});
