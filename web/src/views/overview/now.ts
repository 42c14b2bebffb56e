import { callerOf, type Placed } from "../../state";

const OVER = new Set(["completed", "failed", "stopped"]);

/** Agents that have not ended, and those that called them; the rest is only counted. */
export function presentOf(agents: readonly Placed[]): { readonly present: readonly Placed[]; readonly ended: number } {
  const parents = new Map(agents.map((agent) => [agent.id, callerOf(agent)]));
  const kept = new Set<string>();
  for (const { id, value } of agents) {
    if (OVER.has(value.status ?? "")) continue;
    for (let each: string | undefined = id; each && !kept.has(each); each = parents.get(each)) kept.add(each);
  }
  const present = agents.filter(({ id }) => kept.has(id));
  return { present, ended: agents.length - present.length };
}
