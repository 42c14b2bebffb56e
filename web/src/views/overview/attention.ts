import { laneKey } from "../../charts/spans";
import type { Conflict } from "../../contract";
import type { Json } from "../../patch";
import { written } from "../../query/edit";
import type { Row } from "../../rows";
import { selOf } from "../../select";
import {
  type Agent,
  agentsOf,
  beside,
  type Entry,
  type FileState,
  filesOf,
  type Session,
  sessionsOf,
} from "../../state";
import { age, compact, count, percent, plain } from "../../text";
import type { Change } from "../../url";
import { forecast } from "../sessions/forecast";
import { sessionName } from "../sessions/naming";
import { doerQuery, doerSel } from "./doer";
import type { Bursts } from "./failing";
import { type Loops, summaryOf } from "./looping";
import { MOST } from "./often";

export type Severity = "critical" | "high" | "elevated";

/** Something that a human should look at. */
export interface Notice {
  readonly id: string;
  readonly severity: Severity;
  /** What is the matter, in a word or two. */
  readonly kind: string;
  readonly who: string;
  /** The session of an agent. */
  readonly of?: string;
  /** What the inspector shows of it. */
  readonly sel: string;
  readonly what: string;
  readonly figure: string;
  /** Milliseconds; null where that is not known. */
  readonly since: number | null;
  /** Where it is seen, and what that is called. */
  readonly place: Change;
  readonly where: string;
}

const ORDER: readonly Severity[] = ["critical", "high", "elevated"];
const WAITED_LONG = 5 * 60_000;
const MANY_FAILURES = 10;
const CONFLICT_SHOWN = 10 * 60_000;
const LOST_SHOWN = 24 * 3_600_000;

/** The worst first, and of the equally bad the one that has lasted longest. */
export function attentionOf(state: Json, loops: Loops, bursts: Bursts, now: number): Notice[] {
  const sessions = sessionsOf(state);
  const agents = agentsOf(state);
  const names = namesOf(sessions);
  const doers = new Map(agents.map(({ id, key, value }) => [id, value.name ?? key]));
  const notices = [
    ...sessions.flatMap((session) => [...full(session, now), ...lost(session, now)]),
    ...agents.flatMap((agent) => [...waits(agent, names, now), ...stalled(agent, names)]),
    ...loops.map((loop) => looped(loop, names)),
    ...bursts.map((burst) => failed(burst, names)),
    ...filesOf(state).flatMap((file) => clash(file, doers, now)),
  ];
  const rank = ({ severity }: Notice) => ORDER.indexOf(severity);
  const began = ({ since }: Notice) => since ?? Number.POSITIVE_INFINITY;
  return notices.sort((one, other) => rank(one) - rank(other) || (began(one) < began(other) ? -1 : 1));
}

type Names = ReadonlyMap<string, string>;

function namesOf(sessions: readonly Entry<Session>[]): Names {
  return new Map(sessions.map(({ id, key, value }) => [id, sessionName(value, key)]));
}

function severityOf(level: string | undefined): Severity | undefined {
  return ORDER.find((each) => each === level);
}

const OVER = new Set(["ended", "lost"]);

function full({ id, key, value }: Entry<Session>, now: number): Notice[] {
  const severity = severityOf(value.context_level);
  if (!severity || OVER.has(value.status ?? "")) return [];
  const [place, sel] = [{ view: "sessions", sel: selOf("session", id) }, selOf("session", id)];
  const what = [filledOf(value), forecast(value, now)].filter(Boolean).join(", ");
  const figure = percent(value.context_percentage ?? 0);
  const who = sessionName(value, key);
  return [
    { id: `full ${id}`, severity, kind: "Context", who, sel, what, figure, since: null, place, where: "Sessions" },
  ];
}

function filledOf({ token_usage, context_window }: Session): string {
  if (token_usage === undefined || context_window === undefined) return "context window";
  return `${compact(token_usage)} of ${compact(context_window)} tokens`;
}

function lost({ id, key, value }: Entry<Session>, now: number): Notice[] {
  const since = Date.parse(value.last_seen ?? "");
  if (value.status !== "lost" || now - since > LOST_SHOWN) return [];
  const sel = selOf("session", id);
  const [place, who] = [{ view: "sessions", sel }, sessionName(value, key)];
  const what = "silent in the midst of a turn";
  return [
    { id: `lost ${id}`, severity: "high", kind: "Lost", who, sel, what, figure: "", since, place, where: "Sessions" },
  ];
}

const ASKED: { readonly [reason: string]: string } = {
  permission: "for permission",
  prompt: "for the next prompt",
  input: "for an answer",
  elicitation: "for an answer",
};

function waits(agent: Entry<Agent>, names: Names, now: number): Notice[] {
  const { waiting, status } = agent.value;
  if (status !== "waiting" || !waiting) return [];
  const since = Date.parse(waiting.since);
  const severity = waiting.reason === "prompt" ? "elevated" : now - since > WAITED_LONG ? "critical" : "high";
  const said = [ASKED[waiting.reason] ?? waiting.reason, [waiting.tool, waiting.summary].filter(Boolean).join(" ")];
  const what = said.filter(Boolean).join(": ");
  return [
    {
      ...ofAgent("waits", agent, names),
      severity,
      kind: "Waits for you",
      what: plain(what),
      figure: "",
      since,
    },
  ];
}

function stalled(agent: Entry<Agent>, names: Names): Notice[] {
  const { value } = agent;
  if (value.status !== "stalled") return [];
  const began = Object.values(value.calls ?? {}).map(({ since }) => Date.parse(since));
  const since = began.length > 0 ? Math.min(...began) : Date.parse(value.last_seen ?? "");
  const what = plain(value.doing ?? "") || "no answer";
  return [{ ...ofAgent("stalled", agent, names), severity: "high", kind: "Stalled", what, figure: "", since }];
}

type OfAgent = Pick<Notice, "id" | "who" | "of" | "sel" | "place" | "where">;

function ofAgent(kind: string, agent: Entry<Agent>, names: Names): OfAgent {
  const { name, agent_id, session = "" } = agent.value;
  const sel = selOf("agent", agent.id);
  const who = plain(name ?? agent_id ?? "");
  const of = names.get(beside(agent, session)) ?? plain(session);
  return { id: `${kind} ${agent.id}`, who, of, sel, place: { view: "agents", sel }, where: "Agents" };
}

function looped({ what: row, times, since }: Loops[number], names: Names): Notice {
  const place = { view: "events", q: `${doerQuery(row)} tool:${written(row.tool)}`, range: null, sel: null };
  const figure = `${counted(times)}×`;
  const what = `${row.tool} ${summaryOf(row)}, the same again and again`;
  const by = byRow(row, names);
  const id = `looping ${laneKey(row)} ${row.tool}`;
  return { ...by, id, severity: "high", kind: "Looping", what, figure, since, place, where: "Events" };
}

function failed({ what: row, times, since }: Bursts[number], names: Names): Notice {
  const severity = times >= MANY_FAILURES ? "critical" : "high";
  const place = { view: "events", q: `${doerQuery(row)} level:error`, range: null, sel: null };
  const [figure, what] = [`${counted(times)} in 1 min`, `the last: ${row.about || row.type}`];
  const id = `failing ${laneKey(row)}`;
  return { ...byRow(row, names), id, severity, kind: "Errors", what, figure, since, place, where: "Events" };
}

function counted(times: number): string {
  return times >= MOST ? `${MOST}+` : count(times);
}

function byRow(row: Row, names: Names): Pick<Notice, "who" | "of" | "sel"> {
  return {
    who: row.agent || row.agentId,
    of: names.get(`${row.project}/${row.session}`) ?? row.session,
    sel: doerSel(row),
  };
}

function clash(file: Entry<FileState>, doers: Names, now: number): Notice[] {
  const { id, value } = file;
  const { conflict, path = "" } = value;
  if (!conflict || now - Date.parse(conflict.last) > CONFLICT_SHOWN) return [];
  const sel = selOf("file", id);
  return [
    {
      id: `clash ${id}`,
      severity: "elevated",
      kind: "Conflict",
      who: plain(path.slice(path.lastIndexOf("/") + 1)),
      sel,
      what: `changed by ${rivals(file, conflict, doers)} within a minute, ${age(now - Date.parse(conflict.last))} ago`,
      figure: `${count(conflict.agents.length)} agents`,
      since: null,
      place: { view: "files", sel },
      where: "Files",
    },
  ];
}

/** `pm, 2 test-writer`. */
function rivals(file: Entry<FileState>, { agents: keys }: Conflict, doers: Names): string {
  const times = new Map<string, number>();
  for (const key of keys) {
    const name = plain(doers.get(beside(file, key)) ?? key);
    times.set(name, (times.get(name) ?? 0) + 1);
  }
  return [...times].map(([name, number]) => (number > 1 ? `${number} ${name}` : name)).join(", ");
}
