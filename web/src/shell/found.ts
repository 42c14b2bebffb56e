import type { Json } from "../patch";
import { selOf } from "../select";
import { type Agent, agentsOf, type Entry, filesOf, projectNames, projectOf, sessionsOf } from "../state";
import { plain, shortId } from "../text";

/** A line of the palette. */
export interface Found {
  readonly id: string;
  readonly title: string;
  /** What it is: "agent", "session" ... */
  readonly kind: string;
  readonly run: () => void;
}

/** Those whose title holds every word, where a title that begins with them, or has them at the start of words, first. */
export function ranked<T extends { readonly title: string }>(items: readonly T[], text: string): T[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const scored = items.map((item) => ({ item, score: scoreOf(item.title.toLowerCase(), words) }));
  return scored
    .filter(({ score }) => score > 0)
    .sort((one, other) => other.score - one.score)
    .map(({ item }) => item);
}

function scoreOf(title: string, words: readonly string[]): number {
  let score = 1;
  for (const word of words) {
    const at = title.indexOf(word);
    if (at < 0) return 0;
    score += at === 0 ? 3 : /[\s/_.-]/.test(title[at - 1] ?? "") ? 2 : 1;
  }
  return score;
}

interface Steps {
  select(sel: string): void;
  project(name: string | null): void;
}

/** What of the state can be gone to by its name. */
export function thingsIn(state: Json, { select, project }: Steps): Found[] {
  const thing = (kind: string, sel: string, title: string): Found => {
    return { id: sel, title, kind, run: () => select(sel) };
  };
  const names = projectNames(state);
  const of = (entry: Entry<unknown>) => (names.length > 1 ? `, ${plain(projectOf(entry))}` : "");
  return [
    ...names.map((name) => ({ id: `project:${name}`, title: plain(name), kind: "project", run: () => project(name) })),
    ...(names.length > 1 ? [{ id: "project:", title: "All projects", kind: "project", run: () => project(null) }] : []),
    ...agentsOf(state).map((agent) => thing("agent", selOf("agent", agent.id), `${nameOf(agent)}${of(agent)}`)),
    ...sessionsOf(state).map((each) =>
      thing("session", selOf("session", each.id), `${plain(each.value.title || each.key)}${of(each)}`),
    ),
    ...filesOf(state).map(({ id, key, value }) => thing("file", selOf("file", id), plain(value.path ?? key))),
  ];
}

function nameOf({ key, value: { name, agent_id, session = "" } }: Entry<Agent>): string {
  return `${plain(name ?? agent_id ?? key)} in ${shortId(plain(session))}`;
}
