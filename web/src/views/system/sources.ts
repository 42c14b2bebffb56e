import type { ActivityForm } from "../../contract";
import type { Json } from "../../patch";
import { sessionsOf } from "../../state";

/** What sends events, as the sessions that are known tell: a program, on a machine where that is known. */
export interface Source {
  readonly source: string;
  readonly host: string;
  readonly sessions: number;
  readonly events: number;
  /** When its newest event came, in milliseconds; NaN where unknown. */
  readonly last: number;
}

/** The one heard last first. */
export function sourcesOf(state: Json): Source[] {
  const sources = new Map<string, Source>();
  for (const { value } of sessionsOf(state)) {
    const { source = "", host = "" } = value;
    const key = JSON.stringify([source, host]);
    const known = sources.get(key) ?? { source, host, sessions: 0, events: 0, last: Number.NaN };
    const seen = Date.parse(value.last_seen ?? "");
    sources.set(key, {
      ...known,
      sessions: known.sessions + 1,
      events: known.events + (value.events ?? 0),
      last: Number.isNaN(known.last) || seen > known.last ? seen : known.last,
    });
  }
  return [...sources.values()].sort((one, other) => (other.last || 0) - (one.last || 0));
}

/** How many events of each type there were, the most first. */
export function typesOf(state: Json): [type: string, events: number][] {
  const counts = new Map<string, number>();
  const { projects = {} } = (state ?? {}) as { projects?: { readonly [name: string]: Project } };
  for (const { activity } of Object.values(projects)) {
    for (const [type, events] of Object.entries(activity?.types ?? {}))
      counts.set(type, (counts.get(type) ?? 0) + events);
  }
  return [...counts].sort(([, one], [, other]) => other - one);
}

interface Project {
  readonly activity?: Partial<ActivityForm>;
}
