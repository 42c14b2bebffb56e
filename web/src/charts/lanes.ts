import { callOf } from "../rows";
import type { Agent, Placed, Session } from "../state";
import { age, plain, shortId, took } from "../text";
import type { Team } from "./order";
import { coarser, delegates, type Lane, type Span } from "./spans";
import { type Scale, xOf } from "./timeline";

/** A line of the picture: the name of a session, or an agent with what it did. */
export interface LaneRow {
  readonly id: string;
  readonly kind: "session" | "agent";
  readonly name: string;
  /** Agents of a session stand below the agent that called them. */
  readonly depth: number;
  readonly status: string;
  readonly lane: Lane;
  /** Of the name of a session, how full its context was. */
  readonly session?: Session | undefined;
}

export type Shape = "run" | "call" | "delegation" | "wait";

/** Something to draw and to point at; `x` and `width` in pixels. */
export interface Bar {
  readonly shape: Shape;
  readonly x: number;
  readonly width: number;
  readonly span: Span;
}

/** A bar by the event it begins with, or with `seq` null the lane alone. */
export interface Chosen {
  readonly row: string;
  readonly seq: number | null;
}

export interface Wishes {
  readonly collapseIdle: boolean;
  readonly errorsOnly: boolean;
}

const NO_LANE: Lane = { name: "", runs: [], calls: [], waits: [] };
const NARROWEST = 2;

/** Below the name of each session its agents. */
export function rowsOf(
  teams: readonly Team[],
  lanes: ReadonlyMap<string, Lane>,
  sessions: ReadonlyMap<string, Session> = new Map(),
): LaneRow[] {
  return teams.flatMap(({ id, agents }) => [
    { ...sessionRow(id, agents[0]?.value ?? {}), session: sessions.get(id) },
    ...agents.map((placed) => agentRow(placed, lanes.get(plain(placed.id)) ?? NO_LANE)),
  ]);
}

function sessionRow(id: string, { session = "" }: Agent): LaneRow {
  const project = plain(id.slice(0, Math.max(0, id.length - session.length - 1)));
  const name = `${project} · ${shortId(plain(session)) || "no session"}`;
  return { id, kind: "session", name, depth: 0, status: "", lane: NO_LANE };
}

function agentRow({ id, value, depth }: Placed, lane: Lane): LaneRow {
  const name = plain(value.name ?? value.agent_id ?? "");
  return {
    id,
    kind: "agent",
    name,
    depth,
    status: plain(value.status ?? ""),
    lane: { ...completed(lane, value), name },
  };
}

/**
 * Events from before the page was opened are not there, and some ends come without an event: the state knows what an
 * agent does now and since when it has run.
 */
function completed(lane: Lane, agent: Agent): Lane {
  return { name: lane.name, runs: runsOf(lane, agent), calls: callsOf(lane, agent), waits: waitsOf(lane, agent) };
}

/** The event with which it began is not known: a number below zero tells it from others. */
function stated(seq: number, from: string | undefined, to: string | undefined, label: string): Span {
  const began = Date.parse(from ?? "");
  return { from: began, to: to ? Date.parse(to) : null, seq, end: seq, call: "", tool: "", label, count: 1, failed: 0 };
}

const GONE = new Set(["lost", "completed", "failed", "stopped", "idle"]);
const SAME = 1500;

function runsOf(lane: Lane, agent: Agent): Span[] {
  const over = GONE.has(agent.status ?? "") ? (agent.ended ?? agent.last_seen) : undefined;
  const runs = over ? ending(lane.runs, (run) => closed(run, agent, over)) : lane.runs;
  if (!agent.started) return runs;
  const run = stated(-1, agent.started, over, agent.description ?? "");
  const known = runs.some(({ from, to }) => from <= run.from + SAME && (to ?? Number.POSITIVE_INFINITY) >= run.from);
  return known ? runs : [...runs, run].sort((one, other) => one.from - other.from);
}

/** The same list where none of them goes on: most are long over, and this is done whenever it is drawn. */
function ending(spans: Span[], end: (span: Span) => Span): Span[] {
  return spans.some(({ to }) => to === null) ? spans.map((span) => (span.to === null ? end(span) : span)) : spans;
}

function closed(span: Span, { seq = 0 }: Agent, at: string): Span {
  return seq >= span.seq ? { ...span, to: Math.max(span.from, Date.parse(at)) } : span;
}

function callsOf(lane: Lane, agent: Agent): Span[] {
  const open = Object.entries(agent.calls ?? {});
  const over = agent.ended ?? agent.last_seen;
  const calls = ending(lane.calls, (call) =>
    over && !open.some(([id]) => isNamed(call, id)) ? closed(call, agent, over) : call,
  );
  const missing = open.filter(([id]) => !calls.findLast((call) => isNamed(call, id)));
  if (missing.length === 0) return calls;
  const late = missing.map(([id, { since, summary = "", tool }], index) => {
    return { ...stated(-3 - index, since, "", plain(`${tool} ${summary}`)), tool, call: callOf(id) };
  });
  return [...calls, ...late].sort((one, other) => one.from - other.from);
}

/** Where it has no id, the state calls it by its seq. */
function isNamed({ call, seq }: Span, id: string): boolean {
  return call === callOf(id) || `#${seq}` === id;
}

function waitsOf(lane: Lane, agent: Agent): Span[] {
  const { waiting } = agent;
  const waits = waiting ? lane.waits : ending(lane.waits, (wait) => closed(wait, agent, agent.last_seen ?? ""));
  if (!waiting || waits.some(({ to }) => to === null)) return waits;
  const label = ["waits for", waiting.reason, waiting.tool, waiting.summary].filter(Boolean).join(" ");
  return [...waits, stated(-2, waiting.since, "", plain(label))];
}

/** Which rows are shown, the pinned ones always; the name of a session only where an agent of it is. */
export function wanted(
  rows: readonly LaneRow[],
  { from, to }: Scale,
  { collapseIdle, errorsOnly }: Wishes,
  pinned: ReadonlySet<string> = new Set(),
): LaneRow[] {
  const seen = (span: Span) => span.from <= to && (span.to ?? to) >= from;
  const kept = rows.filter((row) => {
    if (row.kind === "session" || pinned.has(row.id)) return true;
    const { runs, calls, waits } = row.lane;
    if (errorsOnly) return [runs, calls].some((spans) => spans.some((span) => span.failed > 0 && seen(span)));
    return !collapseIdle || [calls, runs, waits].some((spans) => spans.findLast(seen));
  });
  return kept.filter(({ kind }, index) => kind === "agent" || kept[index + 1]?.kind === "agent");
}

/** What of a lane is in sight, in the order in which it is drawn. What is closer together than a pixel is one. */
export function barsOf({ lane }: LaneRow, scale: Scale, now: number, errorsOnly = false): Bar[] {
  const pixel = (scale.to - scale.from) / scale.width;
  const bars = (spans: readonly Span[], shapeOf: (span: Span) => Shape): Bar[] =>
    coarser(
      spans.filter((span) => inSight(span, scale, now) && !(errorsOnly && span.failed === 0)),
      pixel,
    ).map((span) => barOf(span, shapeOf(span), scale, now));
  return [
    ...bars(lane.runs, () => "run"),
    ...bars(lane.calls, (span) => (delegates(span) ? "delegation" : "call")),
    ...bars(lane.waits, () => "wait"),
  ];
}

function inSight(span: Span, { from, to }: Scale, now: number): boolean {
  return span.from <= to && (span.to ?? now) >= from;
}

function barOf(span: Span, shape: Shape, scale: Scale, now: number): Bar {
  const left = Math.max(scale.left, xOf(scale, span.from));
  const right = Math.min(scale.left + scale.width, xOf(scale, span.to ?? Math.max(now, span.from)));
  return { shape, x: left, width: Math.max(NARROWEST, right - left), span };
}

/** The bar at x, the smallest where several are; a little beside it counts. */
export function barAt(bars: readonly Bar[], x: number): Bar | undefined {
  const near = bars.filter((bar) => x >= bar.x - 3 && x <= bar.x + bar.width + 3);
  const rank = ({ shape, width }: Bar) => width + (shape === "run" ? 1e6 : 0);
  return near.sort((one, other) => rank(one) - rank(other))[0];
}

/** `Bash pytest -q, 4.2 s, failed`. */
export function tellSpan({ shape, span }: Bar, now: number): string {
  const what = span.label || (shape === "run" ? "Run" : shape === "wait" ? "Waits for you" : span.tool || "Call");
  const lasted = span.to === null ? `for ${age(now - span.from)}, goes on` : took(Math.round(span.to - span.from));
  const failures = span.count > 1 ? `${span.failed} failed` : "failed";
  return [what, lasted, ...(span.failed > 0 ? [failures] : [])].join(", ");
}
