import { expect, test } from "vitest";
import type { EventFrame, Fields } from "../../protocol";
import { rowOf } from "../../rows";
import type { Agent, Placed } from "../../state";
import { asked, callersOf, toolsOf } from "./asked";

function frame(seq: number, event: string, data: Fields): EventFrame {
  return { event, seq, time: "2026-11-24T06:00:00Z", data };
}

function placed(key: string, parent: string, project = "shop"): Placed {
  const value: Agent = { name: key, parent };
  return { id: `${project}/${key}`, key, value, depth: 0 };
}

test("a session's own agent was asked by prompts, of which the log has the sizes", () => {
  expect(asked([frame(7, "prompt", { size: 71 })], { agent_id: "main" })).toEqual([
    { seq: 7, time: Date.parse("2026-11-24T06:00:00Z"), size: 71, description: "" },
  ]);
});

test("another was asked by the call that invoked it", () => {
  const calls = ["t1", "t2"].map((id, index) =>
    frame(index, "tool_use", { tool: "Task", tool_use_id: id, input_bytes: 900, summary: `do ${id}` }),
  );
  expect(asked(calls, { tool_use_id: "t2" })).toMatchObject([{ seq: 1, size: 900, description: "do t2" }]);
});

test("the chain of callers begins with the session's own agent, and ends though it be a ring", () => {
  const [main, a1, a2] = [placed("s/main", ""), placed("s/a1", "s/main"), placed("s/a2", "s/a1")] as const;
  expect(callersOf(a2, [main, a1, a2]).map(({ key }) => key)).toEqual(["s/main", "s/a1"]);
  const ring = [placed("s/x", "s/y"), placed("s/y", "s/x")] as const;
  expect(callersOf(ring[0], ring).map(({ key }) => key)).toEqual(["s/y"]);
});

test("the callers of an agent are of its own project, though another has the same session", () => {
  const agents = ["blog", "shop", "docs"].map((name) => placed("s/main", "", name));
  expect(callersOf(placed("s/a1", "s/main"), agents).map(({ id }) => id)).toEqual(["shop/s/main"]);
});

test("tools are told by how often they were called", () => {
  const rows = ["Read", "Bash", "Read"].map((tool, seq) => rowOf(frame(seq, "tool_use", { tool })));
  expect(toolsOf(rows)).toEqual([
    ["Read", 2],
    ["Bash", 1],
  ]);
});
