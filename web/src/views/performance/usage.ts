import type { Slow, UsageRow } from "../../contract";
import type { Json } from "../../patch";

export type Usage = Partial<UsageRow>;

/** A row of usage and what tells it from all others. */
export interface Used {
  readonly id: string;
  readonly project: string;
  readonly usage: Usage;
}

export const WAYS = ["tool", "agent", "both"] as const;
export type Way = (typeof WAYS)[number];

export const COLUMNS = ["name", "calls", "failed", "average", "p50", "p95", "slowest"] as const;
export type Column = (typeof COLUMNS)[number];

interface Projects {
  readonly projects?: { readonly [name: string]: { readonly tools?: { readonly [key: string]: Usage } } };
}

function all(state: Json): Used[] {
  return Object.entries((state as Projects | null)?.projects ?? {}).flatMap(([project, { tools = {} }]) =>
    Object.entries(tools).map(([key, usage]) => ({ id: `${project}/${key}`, project, usage })),
  );
}

/** By tool over all agents, by agent how long it took to answer, or by agent and tool. */
export function usedBy(state: Json, way: Way): Used[] {
  const wanted = ({ agent, tool }: Usage) =>
    way === "tool" ? !agent && tool : way === "agent" ? agent && !tool : agent && tool;
  return all(state).filter(({ usage }) => wanted(usage));
}

export function averageOf({ calls = 0, total_ms: total = 0 }: Usage): number | null {
  return calls > 0 ? total / calls : null;
}

export function nameOf({ agent = "", tool = "" }: Usage): string {
  return agent && tool ? `${agent} · ${tool}` : agent || tool;
}

const MEASURES: { readonly [name in Column]: (usage: Usage) => number | string } = {
  name: (usage) => nameOf(usage).toLowerCase(),
  calls: ({ calls = 0 }) => -calls,
  failed: ({ failures = 0 }) => -failures,
  average: (usage) => -(averageOf(usage) ?? -1),
  p50: ({ p50_ms: p50 = -1 }) => -p50,
  p95: ({ p95_ms: p95 = -1 }) => -p95,
  slowest: ({ max_ms: most = -1 }) => -most,
};

/** The highest first, or with a leading `-` the lowest; equals by their names. */
export function ranked(rows: readonly Used[], sort: string | undefined): Used[] {
  const turned = sort?.startsWith("-") ?? false;
  const column = COLUMNS.find((each) => each === (sort ?? "").replace(/^-/, "")) ?? "p95";
  const compare = (one: number | string, other: number | string) => (one < other ? -1 : one > other ? 1 : 0);
  return [...rows].sort((one, other) => {
    const by = compare(MEASURES[column](one.usage), MEASURES[column](other.usage));
    return (turned ? -by : by) || compare(MEASURES.name(one.usage), MEASURES.name(other.usage));
  });
}

/** The slowest calls over all tools. */
export function slowestOf(state: Json, count: number): Slow[] {
  const every = all(state).flatMap(({ usage }) => usage.slowest ?? []);
  return every.sort((one, other) => other.duration_ms - one.duration_ms).slice(0, count);
}
