import { expect, test } from "vitest";
import { Ring } from "../ring";
import { Recent } from "./recent";
import type { Act } from "./spans";

function call(seq: number, word: "started" | "finished", id: string): Act {
  const who = { project: "shop", session: "s", agent: "qa", agentId: "a1", tool: "Bash", waits: false };
  return { seq, time: seq * 10, type: "tool_use", word, call: id, about: "", took: null, ...who };
}

function ringOf(...acts: Act[]): Ring<Act> {
  const ring = new Ring<Act>(4);
  for (const act of acts) ring.push(act);
  return ring;
}

function calls(recent: Recent): [number, number | null][] {
  return (recent.lanes.get("shop/s/a1")?.calls ?? []).map(({ from, to }) => [from, to]);
}

test("what is new is folded once", () => {
  const recent = new Recent();
  const ring = ringOf(call(1, "started", "x"));
  recent.follow(ring);
  ring.push(call(2, "finished", "x"));
  recent.follow(ring);
  recent.follow(ring);
  expect(calls(recent)).toEqual([[10, 20]]);
});

test("what the list has forgotten stays, and what it lost in between is passed over", () => {
  const recent = new Recent();
  const ring = ringOf(call(1, "started", "x"), call(2, "finished", "x"));
  recent.follow(ring);
  for (const seq of [3, 5, 7, 9]) {
    ring.push(call(seq, "started", `${seq}`));
    ring.push(call(seq + 1, "finished", `${seq}`));
  }
  recent.follow(ring);
  expect(calls(recent)).toEqual([
    [10, 20],
    [70, 80],
    [90, 100],
  ]);
});

test("another list begins anew", () => {
  const recent = new Recent();
  recent.follow(ringOf(call(1, "started", "x"), call(2, "finished", "x")));
  recent.follow(ringOf(call(7, "started", "y"), call(8, "finished", "y")));
  expect(calls(recent)).toEqual([[70, 80]]);
  recent.follow(ringOf());
  expect(calls(recent)).toEqual([]);
});

test("older events come before those that are known, each once", async () => {
  const recent = new Recent();
  recent.follow(ringOf(call(5, "finished", "x"), call(6, "started", "y")));
  await recent.putBefore([call(3, "started", "x"), call(5, "finished", "x")]);
  expect(calls(recent)).toEqual([
    [30, 50],
    [60, null],
  ]);
  await recent.putBefore([call(1, "started", "w"), call(2, "finished", "w")]);
  expect(calls(recent)[0]).toEqual([10, 20]);
  expect(recent.oldest?.seq).toBe(1);
});

test("what comes while older events are folded is there afterwards", async () => {
  const recent = new Recent();
  const ring = new Ring<Act>(9000);
  for (let seq = 10_001; seq <= 16_000; seq++) ring.push(call(seq, "started", `${seq}`));
  recent.follow(ring);
  const older = Array.from({ length: 5000 }, (_, index) => call(index + 1, "started", `${index + 1}`));
  const done = recent.putBefore(older);
  for (let seq = 16_001; seq <= 16_010; seq++) {
    ring.push(call(seq, "started", `${seq}`));
    recent.follow(ring);
    await new Promise((resolve) => setTimeout(resolve));
  }
  await done;
  const all = new Recent();
  const whole = new Ring<Act>(20_000);
  for (let seq = 1; seq <= 5000; seq++) whole.push(call(seq, "started", `${seq}`));
  for (let seq = 10_001; seq <= 16_010; seq++) whole.push(call(seq, "started", `${seq}`));
  all.follow(whole);
  expect(calls(recent)).toEqual(calls(all));
});

test("older events of a list that was given up are not put before another", async () => {
  const recent = new Recent();
  recent.follow(ringOf(call(7, "started", "y")));
  const done = recent.putBefore([call(3, "started", "x")]);
  recent.follow(ringOf(call(5, "started", "z"), call(6, "finished", "z")));
  await done;
  expect(calls(recent)).toEqual([[50, 60]]);
});
