import { expect, test } from "vitest";
import type { Fields } from "../../protocol";
import { loopsIn } from "./confirm";

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
