import { expect, test } from "vitest";
import type { Fields } from "../../protocol";
import { rowOf } from "../../rows";
import { milestonesOf } from "./milestones";

/** From `[seconds, type, data]`, oldest first. */
function told(...events: [number, string, Fields][]): string[] {
  const rows = events.map(([second, event, data], index) => {
    const time = new Date(second * 1000).toISOString();
    return rowOf({ event, seq: index + 1, time, agent: String(data.agent ?? "main"), data });
  });
  return milestonesOf(rows.reverse()).map(({ seq, kind, who, what, took, failed }) =>
    [`#${seq}`, kind, who, what, took === null ? "" : `${took} ms`, failed ? "failed" : ""].filter(Boolean).join(" "),
  );
}

function agent(action: string, agent_id = "a1"): Fields {
  return { agent: "qa", agent_id, action };
}

test("what began and ended is one line with its length, in the place of its beginning", () => {
  expect(
    told(
      [1, "prompt", { size: 200 }],
      [2, "agent_activity", { ...agent("invoked"), description: "Check old invoices" }],
      [3, "compaction", { phase: "started", trigger: "auto" }],
      [5, "compaction", { phase: "finished", trigger: "auto" }],
      [8, "agent_activity", agent("failed")],
    ),
  ).toEqual([
    "#3 compaction main auto 2000 ms",
    "#2 agent qa Check old invoices 6000 ms failed",
    "#1 prompt main 200 B",
  ]);
});

test("an agent that is invoked again has two lines, and one that still runs has no length", () => {
  expect(
    told(
      [1, "agent_activity", agent("invoked")],
      [2, "agent_activity", agent("completed")],
      [3, "agent_activity", agent("invoked")],
    ),
  ).toEqual(["#3 agent qa", "#1 agent qa 1000 ms"]);
});

test("an end whose beginning is not there stands for itself", () => {
  expect(told([1, "agent_activity", agent("completed")], [2, "prompt", { size: 1 }])).toEqual([
    "#2 prompt main 1 B",
    "#1 agent qa",
  ]);
});

test("turns are those of the session's own agent; waits and what the session says of itself are told", () => {
  expect(
    told(
      [1, "session_update", { session_id: "s", status: "started" }],
      [2, "agent_activity", { agent: "pm", action: "invoked" }],
      [3, "permission_request", { tool: "Bash", summary: "rm" }],
      [4, "session_update", { session_id: "s", context_percentage: 0.3 }],
      [5, "agent_activity", { agent: "pm", action: "completed" }],
    ),
  ).toEqual(["#3 wait main waits for you: Bash rm", "#2 turn pm 3000 ms", "#1 session main started"]);
});
