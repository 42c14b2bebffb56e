import { expect, test } from "vitest";
import type { Fields } from "../../protocol";
import { rowOf } from "../../rows";
import { isNotable, Notables } from "./notable";

const CASES: readonly (readonly [boolean, string, Fields])[] = [
  [true, "tool_use", { tool: "Bash", phase: "failed" }],
  [true, "tool_use", { tool: "Bash", phase: "denied" }],
  [false, "tool_use", { tool: "Bash", phase: "finished" }],
  [true, "permission_request", { tool: "Bash" }],
  [true, "notification", { kind: "permission_prompt" }],
  [false, "notification", { kind: "auth_success" }],
  [true, "agent_activity", { agent_id: "a1", agent: "qa", action: "invoked" }],
  [true, "agent_activity", { agent_id: "a1", agent: "qa", action: "completed" }],
  [false, "agent_activity", { agent: "pm", action: "completed" }],
  [true, "agent_activity", { agent: "pm", action: "failed" }],
  [true, "compaction", { phase: "started" }],
  [false, "session_update", { session_id: "s", context_percentage: 0.9 }],
  [false, "health_status", { status: "unhealthy" }],
  [true, "model_request", { model: "m", error: "overloaded" }],
  [true, "deploy", { level: "error" }],
  [false, "deploy", { message: "done" }],
];

test.each(CASES)("notable: %s of %s %j", (expected, event, data) => {
  expect(isNotable(rowOf({ event, seq: 1, data }))).toBe(expected);
});

test("the newest forty are kept, newest first", () => {
  const notables = new Notables();
  for (let seq = 1; seq <= 100; seq += 1) notables.add(rowOf({ event: "compaction", seq, data: {} }));
  expect(notables.rows.length).toBe(40);
  expect([notables.rows[0]?.seq, notables.rows.at(-1)?.seq]).toEqual([100, 61]);
});

test("rows of no note leave the same object", () => {
  const notables = new Notables();
  const { rows } = notables;
  notables.add(rowOf({ event: "prompt", seq: 1, data: { size: 3 } }));
  expect(notables.rows).toBe(rows);
});
