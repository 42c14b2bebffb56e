import type { Events } from "./contract";
import type { Json } from "./patch";
import type { Fields } from "./protocol";

/** 0 debug, 1 info, 2 warn, 3 error: whether somebody should look at an event, as `services/row.py` has it. */
export type Level = 0 | 1 | 2 | 3;

const CUSTOM = new Map<string, Level>([
  ["debug", 0],
  ["info", 1],
  ["warn", 2],
  ["warning", 2],
  ["error", 3],
  ["critical", 3],
  ["fatal", 3],
]);

const ELEVATED_CONTEXT = 0.7;
const NEEDS_HUMAN = new Set<Json | undefined>([
  "permission_prompt",
  "idle_prompt",
  "agent_needs_input",
  "elicitation",
  "elicitation_dialog",
]);

const LEVELS: { readonly [Type in keyof Events]?: (data: Fields) => Level } = {
  tool_use: ({ phase }) => (phase === "failed" ? 3 : phase === "denied" ? 2 : 1),
  agent_activity: ({ action }) => (action === "failed" ? 3 : action === "waiting" ? 2 : 1),
  model_request: ({ error }) => (error ? 3 : 1),
  health_status: ({ status }) => (status === "unhealthy" ? 3 : status === "degraded" ? 2 : 1),
  session_update: ({ context_percentage: filled }) => (Number(filled ?? 0) >= ELEVATED_CONTEXT ? 2 : 1),
  permission_request: ({ decision }) => (decision === "allow" ? 1 : 2),
  notification: ({ kind }) => (NEEDS_HUMAN.has(kind) ? 2 : 1),
  session_erased: () => 1,
  alert: ({ state, severity }) => (state !== "firing" ? 1 : severity === "critical" ? 3 : 2),
  file_operation: () => 1,
  prompt: () => 1,
  task_update: () => 1,
  compaction: () => 1,
};

const KNOWN = new Map(Object.entries(LEVELS));

export function levelOf(type: string, data: Fields): Level {
  const known = KNOWN.get(type);
  if (known) return known(data);
  const word = data.level || data.severity;
  return (typeof word === "string" ? CUSTOM.get(word.toLowerCase()) : undefined) ?? 1;
}

/** Whether an event says that an agent waits for a human. */
export function waitsForHuman(type: string, data: Fields): boolean {
  if (type === "permission_request") return !data.decision;
  if (type === "notification") return NEEDS_HUMAN.has(data.kind);
  return type === "agent_activity" && data.action === "waiting";
}
