import { expect, test } from "vitest";
import type { EventFrame, Fields } from "./protocol";
import { rowOf } from "./rows";

function row(event: string, data: Fields, more: Partial<EventFrame> = {}) {
  return rowOf({ event, seq: 7, time: "2026-11-24T06:00:00.250Z", ...more, data });
}

test.each<[string, Fields, string]>([
  ["tool_use", { tool: "Bash", phase: "finished", summary: "pytest -q" }, "Bash pytest -q"],
  ["tool_use", { tool: "Bash", phase: "failed", error: "exit 1" }, "Bash failed exit 1"],
  ["file_operation", { file: "a.py", operation: "write", size: 1024 }, "write a.py 1 kB"],
  ["agent_activity", { agent: "qa", action: "invoked", description: "run it" }, "qa invoked run it"],
  ["session_update", { session_id: "s", context_percentage: 0.225 }, "22.5 %"],
  ["permission_request", { tool: "Bash", summary: "rm x" }, "waits for you: Bash rm x"],
  ["deploy", { message: "done" }, "done"],
  ["deploy", { version: 3 }, '{"version":3}'],
  ["constructor", { message: "no method of Object" }, "no method of Object"],
])("%s %j is about %j", (event, data, about) => {
  expect(row(event, data).about).toBe(about);
});

test("what is missing or of another kind leaves its place empty", () => {
  const bare = rowOf({ event: "tool_use", seq: 8 });
  expect(bare).toMatchObject({ seq: 8, agent: "", session: "", about: "", took: null, tone: "" });
  expect(bare.time).toBeNaN();
  expect(row("tool_use", { tool: { name: "Bash" }, duration_ms: "soon" })).toMatchObject({ about: "", took: null });
});

test("a row tells whose call it is, and its beginning from its end", () => {
  const data = { agent_id: "a1", tool: "Bash", phase: "started", tool_use_id: "toolu_1" };
  const call = row("tool_use", data, { project: "shop", session: "s", agent: "qa" });
  expect(call).toMatchObject({ project: "shop", session: "s", agent: "qa", agentId: "a1", tool: "Bash" });
  expect(call).toMatchObject({ word: "started", call: "toolu_1" });
  expect(row("prompt", {})).toMatchObject({ agentId: "main", word: "", tool: "", call: "" });
});

test("failures and what waits for a human have a tone", () => {
  expect(row("tool_use", { phase: "failed" }).tone).toBe("crit");
  expect(row("agent_activity", { action: "failed" }).tone).toBe("crit");
  expect(row("tool_use", { phase: "denied" }).tone).toBe("warn");
  expect(row("permission_request", {}).tone).toBe("warn");
  expect(row("tool_use", { phase: "finished" }).tone).toBe("");
});

test("a row is short, whatever the event holds", () => {
  expect(row("deploy", { message: "x".repeat(10_000) }).about).toHaveLength(200);
});
