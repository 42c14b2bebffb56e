import type { Events } from "./contract";
import { type Level, levelOf, waitsForHuman } from "./level";
import type { Json } from "./patch";
import type { EventFrame, Fields } from "./protocol";
import { bytes, compact, percent, plain, shortened } from "./text";

export type Tone = "" | "ok" | "warn" | "crit";

/** One line of the event list. Times and durations are in milliseconds, NaN and null where unknown. */
export interface Row {
  readonly seq: number;
  readonly time: number;
  readonly stored: number;
  readonly type: string;
  readonly project: string;
  readonly session: string;
  readonly agent: string;
  /** Tells apart agents of one name in a session; its own is `main`. */
  readonly agentId: string;
  /** What of it happened: the phase of a call, the action of an agent, the kind of a notification. */
  readonly word: string;
  readonly tool: string;
  /** Joins the beginning and the end of a tool call. */
  readonly call: string;
  /** A file's, cut where it is long. */
  readonly path: string;
  readonly operation: string;
  readonly model: string;
  readonly level: Level;
  /** Whether it says that an agent waits for a human. */
  readonly waits: boolean;
  readonly about: string;
  readonly took: number | null;
  readonly tone: Tone;
}

const LONGEST = 200;
const NOTHING: Fields = {};

export function rowOf(frame: EventFrame): Row {
  const data = frame.data ?? NOTHING;
  const describe = DESCRIBE.get(frame.event) ?? custom;
  const word = text(data.phase ?? data.action ?? data.state ?? data.status ?? data.kind);
  return {
    seq: frame.seq,
    time: Date.parse(frame.time ?? frame.stored ?? ""),
    stored: Date.parse(frame.stored ?? ""),
    type: plain(frame.event),
    project: text(frame.project),
    session: text(frame.session),
    agent: text(frame.agent),
    agentId: text(data.agent_id) || "main",
    word,
    tool: text(data.tool),
    call: callOf(text(data.tool_use_id)),
    path: text(data.file ?? data.path),
    operation: text(data.operation),
    model: text(data.model),
    level: levelOf(frame.event, data),
    waits: waitsForHuman(frame.event, data),
    about: plain(shortened(describe(data), LONGEST)),
    took: typeof data.duration_ms === "number" ? data.duration_ms : null,
    tone: toneOf(frame.event, word),
  };
}

const CALL_TAIL = 20;

/** As much of a call's id as rows have of it: its end (services/stream/frames.py). */
export function callOf(id: string): string {
  return id.slice(-CALL_TAIL);
}

/** Stands in the list where events are missing. */
export function gapRow(about: string, seq: number, time: number): Row {
  const nobody = { project: "", session: "", agent: "", agentId: "", word: "", tool: "", call: "" };
  const nothing = { path: "", operation: "", model: "", level: 2, waits: false } as const;
  return { ...nobody, ...nothing, seq, time, stored: Number.NaN, type: "gap", about, took: null, tone: "warn" };
}

export function text(value: Json | undefined): string {
  return typeof value === "string" ? plain(shortened(value, LONGEST)) : "";
}

/** The log may hold data of another shape, so the names are those of the contract and the values may be anything. */
type Loose<Data> = { readonly [Name in keyof Data]?: Json };

const DESCRIPTIONS: { readonly [Type in keyof Events]: (data: Loose<Events[Type]>) => string } = {
  tool_use: (data) => words(data.tool, data.phase === "finished" ? "" : data.phase, data.summary, data.error),
  file_operation: (data) => words(data.operation, data.file, measured(data.size, bytes)),
  agent_activity: (data) => words(data.agent, data.action, data.description, data.reason),
  session_update: (data) => words(data.status, data.title, data.model, measured(data.context_percentage, percent)),
  prompt: (data) => words(data.origin, measured(data.size, bytes)),
  notification: (data) => words(data.kind, data.message),
  permission_request: (data) => words("waits for you:", data.tool, data.summary),
  task_update: (data) => words(data.status, data.subject),
  compaction: (data) => words(data.phase, data.trigger, measured(data.tokens_before, compact)),
  model_request: (data) => words(data.model, data.error),
  health_status: (data) => words(data.status),
  session_erased: (data) => words(data.session_id, "was erased by", data.by),
  alert: (data) => words(data.state, data.rule, data.summary),
};

const DESCRIBE = new Map<string, (data: Fields) => string>(Object.entries(DESCRIPTIONS));

function custom(data: Fields): string {
  return typeof data.message === "string" ? data.message : JSON.stringify(data);
}

function words(...parts: (Json | undefined)[]): string {
  return parts.filter((part) => typeof part === "string" && part !== "").join(" ");
}

function measured(value: Json | undefined, format: (value: number) => string): string {
  return typeof value === "number" ? format(value) : "";
}

const OWN = new Set(["health_status", "alert", "session_erased"]);

/** Whether Lookout tells it of itself: such events are there before anybody has sent one. */
export function isOwn(type: string): boolean {
  return OWN.has(type) || type.startsWith("audit.");
}

const WORSE = new Set(["failed", "unhealthy", "firing"]);
const WARNING = new Set(["denied", "degraded", "waiting"]);

function toneOf(type: string, word: string): Tone {
  if (WORSE.has(word)) return "crit";
  return WARNING.has(word) || type === "permission_request" ? "warn" : "";
}
