import type { Agent, Placed } from "../../state";
import type { Order } from "../order";

export const COLUMNS = ["agent", "status", "invoked", "calls", "failed", "tokens", "cost", "seen"] as const;
export type Column = (typeof COLUMNS)[number];

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

/** Sorted, every agent stands at the margin; equals keep their place. Unsorted they stand in their tree. */
export function ordered(agents: readonly Placed[], { column, turned }: Order<Column>): readonly Placed[] {
  if (column === null) return agents;
  const measure = MEASURES[column];
  const sign = turned ? -1 : 1;
  const compare = (one: number | string, other: number | string) => (one < other ? -sign : one > other ? sign : 0);
  return agents
    .map((placed) => ({ ...placed, depth: 0 }))
    .sort((one, other) => compare(measure(one.value), measure(other.value)));
}
