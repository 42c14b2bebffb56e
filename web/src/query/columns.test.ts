import { expect, test } from "vitest";
import type { Fields } from "../protocol";
import { rowOf } from "../rows";
import { columnsOf, needsServer } from "./columns";
import { matches } from "./matches";
import { parse } from "./parse";

const NOW = Date.parse("2026-11-24T06:10:00Z");

function found(text: string, event: string, data: Fields): boolean {
  const frame = { event, seq: 7, time: "2026-11-24T06:00:00Z", project: "shop", session: "3f2b9c", agent: "qa", data };
  const { query } = parse(text);
  return query !== undefined && matches(query, columnsOf(rowOf(frame)), NOW);
}

test.each<[string, string, Fields]>([
  ["type:tool_use tool:bash phase:failed is:error", "tool_use", { tool: "Bash", phase: "failed" }],
  ["dur>1s session:3f2b agent:qa project:shop", "tool_use", { duration_ms: 1500 }],
  ["agent_id:main", "prompt", { size: 3 }],
  ['agent_id:"" level:debug', "deploy", { level: "debug" }],
  ["is:waiting", "permission_request", { tool: "Bash" }],
  ["-phase:*", "notification", { kind: "idle_prompt" }],
  ["op:edit", "file_operation", { operation: "edit" }],
  ["model:*opus*", "model_request", { model: "claude-opus-4" }],
  ["after:-15m before:-5m seq:7", "prompt", {}],
])("%s finds a %s with %j", (text, event, data) => {
  expect(found(text, event, data)).toBe(true);
});

test("terms about what slim rows lack need the server", () => {
  const { query } = parse("tool:Bash host:box build path~x size>1 dur>5 id:a source:api");
  const terms = query ? needsServer(query) : [];
  expect(terms.map((term) => (term.kind === "words" ? "words" : term.field))).toEqual([
    "host",
    "words",
    "path",
    "size",
    "id",
    "source",
  ]);
});
