import type { Agent, Placed } from "../state";
import { plain } from "../text";
import { quantile } from "./plot";

/** Agents of one name that the same callers called, or one agent. */
export interface Node {
  readonly id: string;
  readonly name: string;
  readonly parent: string;
  readonly depth: number;
  readonly agents: readonly Placed[];
  readonly children: readonly Node[];
  /** How often it was called, how many of its runs failed, and how long 95 % of those that ended took at most. */
  readonly calls: number;
  readonly failed: number;
  readonly p95: number | null;
}

/** A node in its place; `row` counts from the top. */
export interface PlacedNode {
  readonly node: Node;
  readonly row: number;
}

export interface Graph {
  /** Parents before their children, from top to bottom. */
  readonly nodes: readonly PlacedNode[];
  /** How many agents the picture stands for, and whether it joins what it was asked to show apart. */
  readonly agents: number;
  readonly joined: boolean;
}

export const MOST = 48;

/**
 * The tree of who called whom. Joined, agents of one name below the same caller's name are one node. Apart, each is
 * its own; where those are too many, the ones that have ended are joined, and where that is not enough, all.
 */
export function graphOf(agents: readonly Placed[], apart: boolean): Graph {
  const tree = inTree(agents);
  const ways: ((placed: Placed) => string)[] = [nameOf];
  if (apart)
    ways.unshift(
      ({ id }) => id,
      (placed) => (placed.value.ended ? nameOf(placed) : placed.id),
    );
  for (const [index, key] of ways.entries()) {
    const nodes = flat(joined(tree, key, "", 0));
    if (nodes.length <= MOST || index === ways.length - 1) {
      return { nodes: rowed(nodes.slice(0, MOST)), agents: agents.length, joined: apart && index > 0 };
    }
  }
  return { nodes: [], agents: 0, joined: false };
}

function nameOf({ value }: Placed): string {
  return plain(value.name ?? value.agent_id ?? "");
}

interface Twig {
  readonly placed: Placed;
  readonly children: Twig[];
}

/** Agents come with their depth, parents first, so that a parent is the last one that was less deep. */
function inTree(agents: readonly Placed[]): Twig[] {
  const roots: Twig[] = [];
  const above: Twig[] = [];
  for (const placed of agents) {
    const twig = { placed, children: [] };
    above.length = placed.depth;
    (above.at(-1)?.children ?? roots).push(twig);
    above.push(twig);
  }
  return roots;
}

/** Groups keep the order in which their first agent appeared: a new agent moves no node but those below it. */
function joined(twigs: readonly Twig[], key: (placed: Placed) => string, parent: string, depth: number): Node[] {
  const groups = new Map<string, Twig[]>();
  for (const twig of twigs) {
    const group = groups.get(key(twig.placed));
    if (group) group.push(twig);
    else groups.set(key(twig.placed), [twig]);
  }
  return [...groups].map(([name, group]) => {
    const id = `${parent}>${name}`;
    const children = joined(
      group.flatMap((twig) => twig.children),
      key,
      id,
      depth + 1,
    );
    return nodeOf(
      id,
      parent,
      depth,
      group.map(({ placed }) => placed),
      children,
    );
  });
}

function nodeOf(id: string, parent: string, depth: number, agents: readonly Placed[], children: Node[]): Node {
  const took = agents.map(({ value }) => durationOf(value)).filter((each) => each !== null);
  return {
    id,
    name: agents[0] ? nameOf(agents[0]) : "",
    parent,
    depth,
    agents,
    children,
    calls: agents.reduce((sum, { value }) => sum + (value.invocations ?? 0), 0),
    failed: agents.filter(({ value }) => value.status === "failed").length,
    p95: quantile(
      took.sort((one, other) => one - other),
      0.95,
    ),
  };
}

function durationOf({ started, ended }: Agent): number | null {
  const took = Date.parse(ended ?? "") - Date.parse(started ?? "");
  return Number.isNaN(took) ? null : took;
}

function flat(nodes: readonly Node[]): Node[] {
  return nodes.flatMap((node) => [node, ...flat(node.children)]);
}

/** A first child stands beside its parent, any other below all that came before. */
function rowed(nodes: readonly Node[]): PlacedNode[] {
  const first = new Set(nodes.map(({ children: [child] }) => child?.id));
  let row = -1;
  return nodes.map((node) => {
    if (!first.has(node.id)) row += 1;
    return { node, row };
  });
}

const WORST = ["waiting", "failed", "stalled", "lost", "active", "idle", "completed", "stopped"];

/** What is worst or busiest among the agents of a node, in one word. */
export function statusOf({ agents }: Node): string {
  const words = new Set<string>(agents.map(({ value }) => value.status ?? ""));
  return WORST.find((word) => words.has(word)) ?? "";
}

/** Where the arrow keys lead from a node; itself where there is nothing. */
export function neighbour(graph: Graph, id: string, key: string): string {
  const at = graph.nodes.findIndex(({ node }) => node.id === id);
  const here = graph.nodes[at];
  if (!here) return graph.nodes[0]?.node.id ?? "";
  const last = graph.nodes.length - 1;
  const to = new Map<string, string | undefined>([
    ["ArrowRight", here.node.children[0]?.id],
    ["ArrowLeft", here.node.parent],
    ["ArrowDown", graph.nodes[Math.min(last, at + 1)]?.node.id],
    ["ArrowUp", graph.nodes[Math.max(0, at - 1)]?.node.id],
    ["Home", graph.nodes[0]?.node.id],
    ["End", graph.nodes[last]?.node.id],
  ]).get(key);
  return to && graph.nodes.some(({ node }) => node.id === to) ? to : id;
}
