import type { Project } from "../contract";
import type { Json } from "../patch";
import { agentsOf, filesOf, sessionsOf } from "../state";
import { plain, shortened } from "../text";
import type { Known } from "./suggest";
import { LEVELS } from "./terms";

const MOST_KNOWN = 500;

const FIXED: Known = {
  op: values("read", "write", "edit", "delete"),
  phase: values("started", "finished", "failed", "denied", "invoked", "completed", "waiting"),
  level: values(...[...LEVELS].reverse()),
  is: values("error", "waiting"),
  after: values("-5m", "-15m", "-1h", "-1d"),
  before: values("-5m", "-15m", "-1h", "-1d"),
};

function values(...names: string[]): (readonly [string, string])[] {
  return names.map((name) => [name, ""]);
}

/** Beside what is fixed, what the state knows. */
export function knownOf(state: Json): Known {
  const projects = projectsOf(state);
  const sessions = sessionsOf(state).map(
    ({ value }) => [value.session_id ?? "", value.title ?? value.agent ?? ""] as const,
  );
  return {
    ...FIXED,
    type: distinct(typesOf(projects).map((type) => [type, ""])),
    project: distinct(projects.map(([name]) => [name, ""])),
    session: distinct(sessions),
    agent: distinct(agentsOf(state).map(({ value }) => [value.name ?? "", value.type ?? ""])),
    agent_id: distinct(agentsOf(state).map(({ value }) => [value.agent_id ?? "", value.name ?? ""])),
    tool: distinct(toolsOf(projects).map((name) => [name, ""])),
    path: distinct(filesOf(state).map(({ value }) => [value.path ?? "", value.agent_name ?? ""])),
    model: distinct(sessionsOf(state).map(({ value }) => [value.model ?? "", ""])),
    source: distinct(sessionsOf(state).map(({ value }) => [value.source ?? "", ""])),
    host: distinct(sessionsOf(state).map(({ value }) => [value.host ?? "", ""])),
  };
}

function distinct(pairs: readonly (readonly [string, string])[]): (readonly [string, string])[] {
  const known = new Map<string, string>();
  for (const [value, hint] of pairs) {
    if (value !== "" && !known.has(value)) known.set(value, hint === value ? "" : shortened(plain(hint), 60));
    if (known.size >= MOST_KNOWN) break;
  }
  return [...known];
}

type Projects = [string, Partial<Project>][];

function projectsOf(state: Json): Projects {
  return Object.entries((state as { projects?: { readonly [name: string]: Partial<Project> } } | null)?.projects ?? {});
}

/** Those of which there are most come first. */
function typesOf(projects: Projects): string[] {
  const counted = projects.flatMap(([, { activity }]) => Object.entries(activity?.types ?? {}));
  return counted.sort(([, one], [, other]) => other - one).map(([type]) => type);
}

function toolsOf(projects: Projects): string[] {
  const rows = projects.flatMap(([, { tools }]) => Object.values(tools ?? {})).filter(({ agent }) => !agent);
  return rows.sort((one, other) => other.calls - one.calls).map(({ tool }) => tool ?? "");
}
