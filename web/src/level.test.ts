import { expect, test } from "vitest";
import { levelOf, waitsForHuman } from "./level";
import type { Fields } from "./protocol";

test.each<[string, Fields, number, boolean]>([
  ["tool_use", { phase: "failed" }, 3, false],
  ["tool_use", { phase: "denied" }, 2, false],
  ["tool_use", { phase: "finished" }, 1, false],
  ["agent_activity", { action: "failed" }, 3, false],
  ["agent_activity", { action: "waiting" }, 2, true],
  ["model_request", { error: "overloaded" }, 3, false],
  ["health_status", { status: "degraded" }, 2, false],
  ["session_update", { context_percentage: 0.7 }, 2, false],
  ["session_update", { context_percentage: 0.69 }, 1, false],
  ["permission_request", {}, 2, true],
  ["permission_request", { decision: "allow" }, 1, false],
  ["permission_request", { decision: "deny" }, 2, false],
  ["notification", { kind: "idle_prompt" }, 2, true],
  ["notification", { kind: "auth_success" }, 1, false],
  ["alert", { state: "firing", severity: "critical" }, 3, false],
  ["alert", { state: "resolved", severity: "critical" }, 1, false],
  ["file_operation", { level: "error" }, 1, false],
  ["deploy", { level: "DEBUG" }, 0, false],
  ["deploy", { severity: "fatal" }, 3, false],
  ["deploy", { level: "loud" }, 1, false],
  ["constructor", { level: 7 }, 1, false],
])("%s %j has level %i", (type, data, level, waits) => {
  expect(levelOf(type, data)).toBe(level);
  expect(waitsForHuman(type, data)).toBe(waits);
});
