import type { Json } from "../patch";
import { type Placed, sessionsOf } from "../state";

/** When a session began, by `<project>/<session>`, in milliseconds. */
export type Began = (session: string) => number;

/** The agents of one session, parents first and in the order in which they appeared. */
export interface Team {
  /** `<project>/<session>`. */
  readonly id: string;
  readonly agents: readonly Placed[];
}

/** When each session began. */
export function beganOf(state: Json): Began {
  const times = new Map(sessionsOf(state).map(({ id, value }) => [id, Date.parse(value.started ?? "") || 0]));
  return (session) => times.get(session) ?? 0;
}

const OVER = new Set(["completed", "failed", "stopped", "lost"]);

/**
 * Agents in an order that changes only when one comes, or a session's last one has ended: sessions in which any is at
 * work first, and of those the one that began last.
 */
export function steady(agents: readonly Placed[], state: Json): Placed[] {
  const teams = teamsOf(agents, beganOf(state));
  const over = (team: Team) => team.agents.every(({ value }) => OVER.has(value.status ?? ""));
  return [...teams.filter((team) => !over(team)), ...teams.filter(over)].flatMap((team) => team.agents);
}

/** The teams, the one that began last first: their order does not change while they work. */
export function teamsOf(agents: readonly Placed[], began: Began): Team[] {
  const teams = new Map<string, Placed[]>();
  for (const placed of agents) {
    const id = placed.id.slice(0, Math.max(0, placed.id.length - (placed.value.agent_id ?? "").length - 1));
    const team = teams.get(id);
    if (team) team.push(placed);
    else teams.set(id, [placed]);
  }
  const newest = ([one]: [string, unknown], [other]: [string, unknown]) =>
    began(other) - began(one) || (one < other ? -1 : 1);
  return [...teams].sort(newest).map(([id, team]) => ({ id, agents: team }));
}
