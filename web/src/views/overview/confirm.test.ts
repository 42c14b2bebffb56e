import { expect, test } from "vitest";
import type { Fields } from "../../protocol";
import { rowOf } from "../../rows";
import { confirmPath, loopsIn } from "./confirm";

const NOW = Date.parse("2026-11-24T12:00:00Z");
const PREFIX = `/home/dev/webshop/${"src/".repeat(60)}`;

function found(data: (index: number) => Fields, ago = 10): number[] {
  const events = Array.from({ length: 6 }, (_, index) => ({
    event: "tool_use",
    seq: 100 - index,
    stored: new Date(NOW - ago * 1000).toISOString(),
    session: "s1",
    agent: "qa",
    data: { tool: "Read", phase: "started", ...data(index) },
  }));
  return loopsIn(events, NOW).map(({ times }) => times);
}

test("what differs only far behind is no loop, and what is the same there is one", () => {
  expect(found((index) => ({ summary: `${PREFIX}${index}.py` }))).toEqual([]);
  expect(found(() => ({ summary: `${PREFIX}same.py` }))).toEqual([6]);
});

test("the hash of what was given counts before the summary", () => {
  expect(found((index) => ({ summary: "make", input_hash: `h${index}` }))).toEqual([]);
  expect(found((index) => ({ summary: `make ${index}`, input_hash: "h" }))).toEqual([6]);
});

test("what is long ago, or says nothing, is none", () => {
  expect(found(() => ({ summary: "make" }), 61)).toEqual([]);
  expect(found(() => ({}))).toEqual([]);
});

test("no event after the last one that is shown is asked for, and none from long before the loop", () => {
  const data = { tool: "Read", phase: "started", agent_id: "a1" };
  const what = rowOf({ event: "tool_use", seq: 80, project: "shop", session: "s1", data });
  const asked = new URL(confirmPath({ what, times: 6, since: NOW - 40_000 }, 90), "http://localhost").searchParams;
  expect(asked.get("before")).toBe("91");
  expect(asked.get("q")).toBe("project:shop session:s1 agent_id:a1 type:tool_use tool:Read after:2026-11-24T11:58:20Z");
});
