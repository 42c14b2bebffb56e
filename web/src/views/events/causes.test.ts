import { expect, test } from "vitest";
import type { Fields } from "../../protocol";
import { Ring } from "../../ring";
import { type Row, rowOf } from "../../rows";
import { causeOf, effectsOf } from "./causes";

const LOG: [event: string, data: Fields, session?: string, project?: string][] = [
  ["prompt", { size: 12 }],
  ["tool_use", { tool: "Task", phase: "started", tool_use_id: "t1" }],
  ["agent_activity", { agent: "qa", agent_id: "a1", action: "invoked", tool_use_id: "t1" }],
  ["prompt", { size: 9 }, "s2"],
  ["tool_use", { tool: "Bash", phase: "started", tool_use_id: "t2", agent_id: "a1" }],
  ["tool_use", { tool: "Bash", phase: "started", tool_use_id: "t2" }, "s1", "blog"],
  ["tool_use", { tool: "Bash", phase: "failed", tool_use_id: "t2", agent_id: "a1" }],
  ["file_operation", { file: "a.py", operation: "edit", tool_use_id: "t2", agent_id: "a1" }],
  ["model_request", { model: "opus" }],
  ["prompt", { size: 10 }],
  ["notification", { kind: "idle_prompt" }],
];

function rows(): Ring<Row> {
  const ring = new Ring<Row>(100);
  LOG.forEach(([event, data, session = "s1", project = "shop"], index) => {
    ring.push(rowOf({ event, seq: index + 1, project, session, data }));
  });
  return ring;
}

test.each([
  [1, undefined],
  [2, 1],
  [3, 2],
  [5, 3],
  [6, undefined],
  [7, 5],
  [8, 5],
  [9, 1],
  [11, 10],
])("what made event %i happen is event %s", (seq, cause) => {
  const all = rows();
  expect(causeOf(all, all.at(seq - 1) as Row)?.seq).toBe(cause);
});

test.each([
  [1, [2, 9]],
  [2, [3]],
  [3, [5]],
  [5, [7, 8]],
  [10, [11]],
  [11, []],
])("event %i led to %j", (seq, effects) => {
  const all = rows();
  expect(effectsOf(all, all.at(seq - 1) as Row, 10).map((row) => row.seq)).toEqual(effects);
});

test("of many effects the first are told", () => {
  const all = rows();
  expect(effectsOf(all, all.at(4) as Row, 1).map((row) => row.seq)).toEqual([7]);
});
