import type { Agent, Placed } from "../../state";

export const COLUMNS = ["agent", "status", "invoked", "calls", "failed", "tokens", "cost", "seen"] as const;
export type Column = (typeof COLUMNS)[number];

/** A column, the highest or newest first; with a leading `-` the other way round. Anything else is the tree. */
export interface Order {
  readonly column: Column | null;
  readonly turned: boolean;
}

export function orderOf(word: string | undefined): Order {
  const name = (word ?? "").replace(/^-/, "");
  return { column: COLUMNS.find((column) => column === name) ?? null, turned: word?.startsWith("-") ?? false };
}

/** What the next click on the head of a column asks for: it, the other way round, and the tree again. */
export function next(order: Order, column: Column): string | null {
  if (order.column !== column) return column;
  return order.turned ? null : `-${column}`;
}

export function tokensOf({ tokens }: Agent): number {
  const { input = 0, output = 0, cache_read = 0, cache_creation = 0 } = tokens ?? {};
  return input + output + cache_read + cache_creation;
}

const WORST = ["waiting", "stalled", "failed", "lost", "active", "idle", "completed", "stopped"];

const MEASURES: { readonly [name in Column]: (agent: Agent) => number | string } = {
  agent: ({ name = "" }) => name.toLowerCase(),
  status: ({ status = "" }) => WORST.indexOf(status),
  invoked: ({ invocations = 0 }) => -invocations,
  calls: ({ tool_calls = 0 }) => -tool_calls,
  failed: ({ failures = 0 }) => -failures,
  tokens: (agent) => -tokensOf(agent),
  cost: ({ cost_usd = 0 }) => -cost_usd,
  seen: ({ last_seen = "" }) => -Date.parse(last_seen) || 0,
};

/** Sorted, every agent stands at the margin; equals keep their place. */
export function ordered(agents: readonly Placed[], { column, turned }: Order): readonly Placed[] {
  if (column === null) return agents;
  const measure = MEASURES[column];
  const sign = turned ? -1 : 1;
  const compare = (one: number | string, other: number | string) => (one < other ? -sign : one > other ? sign : 0);
  return agents
    .map((placed) => ({ ...placed, depth: 0 }))
    .sort((one, other) => compare(measure(one.value), measure(other.value)));
}
