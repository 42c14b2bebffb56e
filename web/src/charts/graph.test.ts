import { expect, test } from "vitest";
import type { Agent, Placed } from "../state";
import { type Graph, graphOf, MOST, neighbour, statusOf } from "./graph";

function placed(id: string, name: string, depth: number, value: Agent = {}): Placed {
  return { id: `shop/s/${id}`, key: `s/${id}`, value: { name, invocations: 1, ...value }, depth };
}

const TEAM = [
  placed("main", "pm", 0),
  placed("a1", "engineer", 1, { started: "2026-11-24T06:00:00Z", ended: "2026-11-24T06:00:02Z", status: "completed" }),
  placed("a2", "qa", 2, { invocations: 4 }),
  placed("a3", "engineer", 1, { started: "2026-11-24T06:00:00Z", ended: "2026-11-24T06:00:08Z", status: "failed" }),
  placed("a4", "qa", 2),
  placed("a5", "research", 1),
];

function drawn({ nodes }: Graph): [string, number, number, number][] {
  return nodes.map(({ node, row }) => [node.name, node.agents.length, node.depth, row]);
}

test("agents of one name below one caller are one node, and a first child stands beside its caller", () => {
  expect(drawn(graphOf(TEAM, false))).toEqual([
    ["pm", 1, 0, 0],
    ["engineer", 2, 1, 0],
    ["qa", 2, 2, 0],
    ["research", 1, 1, 1],
  ]);
});

test("apart, each agent is its own node", () => {
  expect(drawn(graphOf(TEAM, true)).map(([name, count, , row]) => [name, count, row])).toEqual([
    ["pm", 1, 0],
    ["engineer", 1, 0],
    ["qa", 1, 0],
    ["engineer", 1, 1],
    ["qa", 1, 1],
    ["research", 1, 2],
  ]);
});

test("an edge tells how often it was called, what failed and how long it took", () => {
  const node = graphOf(TEAM, false).nodes[1]?.node;
  expect(node).toMatchObject({ calls: 2, failed: 1, p95: 8000 });
  expect(graphOf(TEAM, false).nodes[2]?.node).toMatchObject({ calls: 5, p95: null });
});

test("agents of several sessions are joined by their way from the root", () => {
  expect(drawn(graphOf([...TEAM, placed("x", "pm", 0), placed("y", "research", 1)], false))).toEqual([
    ["pm", 2, 0, 0],
    ["engineer", 2, 1, 0],
    ["qa", 2, 2, 0],
    ["research", 2, 1, 1],
  ]);
});

test("a new agent moves nothing that stands above it", () => {
  const before = graphOf(TEAM, false).nodes;
  const after = graphOf([...TEAM, placed("a6", "docs", 1)], false).nodes;
  expect(after.slice(0, -1).map(({ node, row }) => [node.id, row])).toEqual(
    before.map(({ node, row }) => [node.id, row]),
  );
});

test("too many apart are joined, those first that have ended, and it is said", () => {
  const many = (count: number, value: Agent) =>
    Array.from({ length: count }, (_, index) => placed(`a${index}`, "engineer", 1, value));
  const ended = { ended: "2026-11-24T06:00:08Z" };
  const some = graphOf([placed("main", "pm", 0), ...many(MOST, ended), placed("r", "qa", 1)], true);
  expect([drawn(some).map(([name, count]) => [name, count]), some.joined]).toEqual([
    [
      ["pm", 1],
      ["engineer", MOST],
      ["qa", 1],
    ],
    true,
  ]);
  expect(graphOf([placed("main", "pm", 0), ...many(200, {})], true).nodes).toHaveLength(2);
  expect(graphOf(TEAM, true).joined).toBe(false);
});

test("even of a thousand names no more is drawn than can be", () => {
  const names = Array.from({ length: 1000 }, (_, index) => placed(`a${index}`, `agent-${index}`, 0));
  expect(graphOf(names, true).nodes).toHaveLength(MOST);
});

test("the arrow keys lead to callers, to the called and along", () => {
  const graph = graphOf(TEAM, false);
  const [pm, engineer, qa, research] = graph.nodes.map(({ node }) => node.id);
  const to = (from: string | undefined, key: string) => neighbour(graph, from ?? "", key);
  expect([to(pm, "ArrowRight"), to(qa, "ArrowLeft"), to(qa, "ArrowDown")]).toEqual([engineer, engineer, research]);
  expect([to(pm, "ArrowLeft"), to(research, "ArrowDown"), to("gone", "ArrowUp")]).toEqual([pm, research, pm]);
});

test("a node has the word of the agent that most needs to be looked at", () => {
  expect(graphOf(TEAM, false).nodes.map(({ node }) => statusOf(node))).toEqual(["", "failed", "", ""]);
});
