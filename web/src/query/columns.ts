import type { Events } from "../contract";
import type { Row } from "../rows";
import type { Columns } from "./matches";
import type { Query, Term } from "./terms";

/** Events of which nobody in particular is the agent; so are custom ones, unless they say. */
const ACTING = new Set<string>([
  "agent_activity",
  "compaction",
  "file_operation",
  "model_request",
  "notification",
  "permission_request",
  "prompt",
  "task_update",
  "tool_use",
] satisfies (keyof Events)[]);

/** What a row of the page knows of the columns; what it lacks is empty, and `needsServer` tells of it. */
export function columnsOf(row: Row): Columns {
  return {
    seq: row.seq,
    stored: Number.isNaN(row.stored) ? row.time : row.stored,
    type: row.type,
    project: row.project,
    session: row.session,
    agent: row.agent,
    agent_id: row.agentId === "main" && !ACTING.has(row.type) ? "" : row.agentId,
    tool: row.tool,
    phase: row.type === "notification" ? "" : row.word,
    path: row.path,
    op: row.operation,
    model: row.model,
    dur: row.took,
    level: row.level,
    waiting: row.waits,
    source: "",
    host: "",
    id: "",
    size: null,
    text: "",
  };
}

/**
 * The slim frames that the page gets have no source, host and id, a size only of some events, and texts and paths that
 * are cut where need be: what is asked of those, the history alone can answer.
 */
const BEYOND = new Set(["source", "host", "id", "size", "path"]);

/** The terms that the page's own rows cannot decide. */
export function needsServer(query: Query): Term[] {
  return query.terms.filter((term) => term.kind === "words" || BEYOND.has(term.field));
}
