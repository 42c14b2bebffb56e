import type { AgentRow, File, SessionRow } from "./contract";
import type { Json } from "./patch";

/** A page may be older or newer than what sends its state, so a field may be missing. */
export type Agent = Partial<AgentRow>;
export type Session = Partial<SessionRow>;
export type FileState = Partial<File>;
export type Keyed<T> = [key: string, value: T];

interface Parts {
  readonly agents: Agent;
  readonly sessions: Session;
  readonly files: FileState;
}

type Projects = {
  readonly [name: string]: { readonly [Part in keyof Parts]?: { readonly [key: string]: Parts[Part] } };
};

/** An agent in its place: `depth` 0 is a session's own agent, and children follow their parent. */
export interface Placed {
  readonly key: string;
  readonly depth: number;
  readonly agent: Agent;
}

/** Sessions by their newest change, and in each the tree of its agents, parents first. */
export function agentsOf(state: Json): Placed[] {
  const sessions = [...grouped(entries(state, "agents"), ([, agent]) => agent.session ?? "").values()];
  return sessions.sort((one, other) => newest(other) - newest(one)).flatMap(treeOf);
}

export function sessionsOf(state: Json): Keyed<Session>[] {
  return entries(state, "sessions").sort(byNewest);
}

export function filesOf(state: Json): Keyed<FileState>[] {
  return entries(state, "files").sort(byNewest);
}

function entries<Part extends keyof Parts>(state: Json, part: Part): Keyed<Parts[Part]>[] {
  const projects = (state as { projects?: Projects } | null)?.projects ?? {};
  return Object.values(projects).flatMap((project) => Object.entries<Parts[Part]>(project[part] ?? {}));
}

/** An agent whose parent is not there, or who is its own ancestor, stands at the margin. */
function treeOf(agents: Keyed<Agent>[]): Placed[] {
  const keys = new Set(agents.map(([key]) => key));
  const children = grouped(agents, ([, { parent = "" }]) => (keys.has(parent) ? parent : ""));
  const placed = new Map<string, Placed>();
  const place = (siblings: readonly Keyed<Agent>[], depth: number) => {
    for (const [key, agent] of siblings) {
      if (placed.has(key)) continue;
      placed.set(key, { key, depth, agent });
      place(children.get(key) ?? [], depth + 1);
    }
  };
  place(children.get("") ?? [], 0);
  place(agents, 0);
  return [...placed.values()];
}

function grouped<T>(items: readonly T[], by: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(by(item));
    if (group) group.push(item);
    else groups.set(by(item), [item]);
  }
  return groups;
}

function newest(agents: Keyed<Agent>[]): number {
  return Math.max(...agents.map(([, agent]) => agent.seq ?? 0));
}

function byNewest(one: Keyed<{ seq?: number }>, other: Keyed<{ seq?: number }>): number {
  return (other[1].seq ?? 0) - (one[1].seq ?? 0);
}
