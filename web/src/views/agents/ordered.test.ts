import { expect, test } from "vitest";
import type { Agent, Placed } from "../../state";
import { orderOf } from "../order";
import { COLUMNS, ordered } from "./ordered";

function placed(id: string, depth: number, value: Agent): Placed {
  return { id, key: id, value, depth };
}

const TEAM = [
  placed("pm", 0, { name: "pm", status: "active", tool_calls: 3, last_seen: "2026-11-24T06:00:00Z" }),
  placed("qa", 1, { name: "QA", status: "waiting", tool_calls: 9, tokens: { input: 5, cache_read: 7 } }),
  placed("docs", 1, { name: "docs", status: "completed", last_seen: "2026-11-24T07:00:00Z", cost_usd: 1 }),
];

function sorted(word: string | undefined): string[] {
  return ordered(TEAM, orderOf(COLUMNS, word)).map(({ id }) => id);
}

test("without an order agents stand in their tree", () => {
  expect(ordered(TEAM, orderOf(COLUMNS, undefined))).toBe(TEAM);
});

test("sorted, the highest, newest and worst come first, and all stand at the margin", () => {
  expect(sorted("calls")).toEqual(["qa", "pm", "docs"]);
  expect(sorted("tokens")[0]).toBe("qa");
  expect(sorted("seen").slice(0, 2)).toEqual(["docs", "pm"]);
  expect(sorted("status")).toEqual(["qa", "pm", "docs"]);
  expect(sorted("agent")).toEqual(["docs", "pm", "qa"]);
  expect(ordered(TEAM, orderOf(COLUMNS, "cost")).every(({ depth }) => depth === 0)).toBe(true);
});

test("a leading minus turns it round, and equals keep their place", () => {
  expect(sorted("-calls")).toEqual(["docs", "pm", "qa"]);
  expect(sorted("failed")).toEqual(["pm", "qa", "docs"]);
});
