import type { ActivityForm, AgentRow, File, SessionRow } from "./contract";
import type { Json } from "./patch";
import { isOwn } from "./rows";

/** A page may be older or newer than what sends its state, so a field may be missing. */
export type Agent = Partial<AgentRow>;
export type Session = Partial<SessionRow>;
export type FileState = Partial<File>;

interface Parts {
  readonly agents: Agent;
  readonly sessions: Session;
  readonly files: FileState;
}

type Tables = { readonly [Part in keyof Parts]?: { readonly [key: string]: Parts[Part] } };

export interface Project extends Tables {
  readonly activity?: Partial<ActivityForm>;
}

/** A part of a project's state; two projects may use the same key, `id` tells them apart. */
export interface Entry<Value> {
  readonly id: string;
  readonly key: string;
  readonly value: Value;
}

/** An agent in its place: `depth` 0 is a session's own agent, and children follow their parent. */
export interface Placed extends Entry<Agent> {
  readonly depth: number;
}

/** Whether any project has had an event that is not about Lookout itself. */
export function isUsed(state: Json): boolean {
  return projectsOf(state).some(([, { activity }]) => !Object.keys(activity?.types ?? {}).every(isOwn));
}

export interface Counts {
  active: number;
  waiting: number;
  agents: number;
  sessions: number;
  files: number;
  events: number;
  errors: number;
  tokens: number;
}

/** How much there is of everything, over all projects in the state. */
export function countsOf(state: Json): Counts {
  const counts = { active: 0, waiting: 0, agents: 0, sessions: 0, files: 0, events: 0, errors: 0, tokens: 0 };
  for (const [, { agents = {}, sessions = {}, files = {}, activity = {} }] of projectsOf(state)) {
    const all = Object.values(agents);
    for (const { status } of all) {
      if (status === "active") counts.active += 1;
      else if (status === "waiting") counts.waiting += 1;
    }
    counts.agents += all.length;
    counts.sessions += Object.keys(sessions).length;
    counts.files += Object.keys(files).length;
    counts.events += activity.events ?? 0;
    counts.errors += activity.errors ?? 0;
    counts.tokens += activity.tokens ?? 0;
  }
  return counts;
}

/** The names of the projects, in the order of the alphabet. */
export function projectNames(state: Json): string[] {
  return projectsOf(state)
    .map(([name]) => name)
    .sort();
}

/** The state of one project; undefined where there is none of that name. */
export function stateOf(state: Json, project: string): Json | undefined {
  const { projects = {} } = (state ?? {}) as { projects?: { readonly [name: string]: Json } };
  return Object.hasOwn(projects, project) ? projects[project] : undefined;
}

export function projectOf({ id, key }: Pick<Entry<unknown>, "id" | "key">): string {
  return id.slice(0, id.length - key.length - 1);
}

/** The id of the entry of another thing of its project. */
export function beside(entry: Pick<Entry<unknown>, "id" | "key">, key: string): string {
  return `${projectOf(entry)}/${key}`;
}

/** The id of the agent that called it: agents of two projects may have the same key. */
export function callerOf(agent: Entry<Agent>): string | undefined {
  const { parent } = agent.value;
  return parent && beside(agent, parent);
}

/** Sessions by their newest change, and in each the tree of its agents, parents first. */
export function agentsOf(state: Json): Placed[] {
  const teams = projectsOf(state).flatMap((project) => [
    ...grouped(entriesOf(project, "agents"), ({ value }) => value.session ?? "").values(),
  ]);
  return teams.sort((one, other) => newest(other) - newest(one)).flatMap(treeOf);
}

export function sessionsOf(state: Json): Entry<Session>[] {
  return newestFirst(state, "sessions");
}

export function filesOf(state: Json): Entry<FileState>[] {
  return newestFirst(state, "files");
}

function newestFirst<Part extends keyof Parts>(state: Json, part: Part): Entry<Parts[Part]>[] {
  const entries = projectsOf(state).flatMap((project) => entriesOf(project, part));
  return entries.sort((one, other) => (other.value.seq ?? 0) - (one.value.seq ?? 0));
}

export function projectsOf(state: Json): [string, Project][] {
  return Object.entries((state as { projects?: { readonly [name: string]: Project } } | null)?.projects ?? {});
}

function entriesOf<Part extends keyof Parts>([name, project]: [string, Tables], part: Part): Entry<Parts[Part]>[] {
  const table = Object.entries<Parts[Part]>(project[part] ?? {});
  return table.map(([key, value]) => ({ id: `${name}/${key}`, key, value }));
}

/** An agent whose parent is not there, or who is its own ancestor, stands at the margin. */
function treeOf(agents: readonly Entry<Agent>[]): Placed[] {
  const keys = new Set(agents.map(({ key }) => key));
  const children = grouped(agents, ({ value: { parent = "" } }) => (keys.has(parent) ? parent : ""));
  const placed = new Map<string, Placed>();
  const place = (siblings: readonly Entry<Agent>[], depth: number) => {
    for (const each of siblings) {
      if (placed.has(each.key)) continue;
      placed.set(each.key, { ...each, depth });
      place(children.get(each.key) ?? [], depth + 1);
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

function newest(agents: readonly Entry<Agent>[]): number {
  return agents.reduce((seq, { value }) => Math.max(seq, value.seq ?? 0), 0);
}
