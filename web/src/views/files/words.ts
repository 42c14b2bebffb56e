import type { Conflict } from "../../contract";
import type { Json } from "../../patch";
import { agentsOf, projectOf } from "../../state";
import { clock, plain, shortId } from "../../text";

/** The names of a project's agents by their keys. */
export type Names = ReadonlyMap<string, string>;

export function namesIn(state: Json, project: string): Names {
  const agents = agentsOf(state).filter((agent) => projectOf(agent) === project);
  return new Map(agents.map(({ key, value }) => [key, plain(value.name ?? "")]));
}

/** What to call an agent; `mark` tells apart those of one name, "" where no other has it. */
export interface Called {
  readonly name: string;
  readonly mark: string;
}

/** Who is no longer known is called by its id. */
export function called(keys: readonly string[], names: Names): Called[] {
  const plainly = keys.map((key) => names.get(key) || shortId(plain(idOf(key))));
  return plainly.map((name, index) => {
    const alone = plainly.indexOf(name) === plainly.lastIndexOf(name);
    return { name, mark: alone ? "" : shortId(plain(tellingOf(keys[index] ?? ""))) };
  });
}

function idOf(key: string): string {
  return key.slice(key.lastIndexOf("/") + 1);
}

/** A session's own agents are all of the id `main`. */
function tellingOf(key: string): string {
  const id = idOf(key);
  return id === "main" ? key.slice(0, key.lastIndexOf("/")) : id;
}

export function listed(names: readonly string[]): string {
  if (names.length < 2) return names.join("");
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** `2 agents wrote within 60 s: pm and qa, from 10:00:00 to 10:00:12`. */
export function conflictWords({ since, last, agents }: Conflict, names: Names): string {
  const who = called(agents, names).map(({ name, mark }) => (mark ? `${name} (${mark})` : name));
  return `${agents.length} agents wrote within 60 s: ${listed(who)}, ${spanWords(since, last)}`;
}

function spanWords(since: string, last: string): string {
  const [from, to] = [since, last].map((time) => clock(Date.parse(time)).slice(0, 8));
  return from === to ? `at ${from}` : `from ${from} to ${to}`;
}

const PAST = new Map([
  ["read", "read"],
  ["edit", "edited"],
  ["write", "wrote"],
  ["delete", "deleted"],
]);

/** `edited`. */
export function did(operation: string): string {
  return PAST.get(operation) ?? plain(operation);
}

/** `+12 −3`; "" where neither is known. */
export function linesWords(added: number, removed: number): string {
  const parts = [added > 0 ? `+${added}` : "", removed > 0 ? `−${removed}` : ""];
  return parts.filter(Boolean).join(" ");
}
