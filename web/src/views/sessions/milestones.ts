import type { Row } from "../../rows";

/** A line of a session's history. Times in milliseconds. */
export interface Milestone {
  readonly seq: number;
  readonly time: number;
  readonly kind: "prompt" | "turn" | "agent" | "compaction" | "wait" | "session";
  readonly who: string;
  readonly what: string;
  /** null while it goes on, and for what has no length. */
  readonly took: number | null;
  readonly failed: boolean;
}

const ENDS = new Set(["completed", "failed", "stopped"]);

/** What makes up a session's history. */
export const TELLING = ["prompt", "agent_activity", "compaction", "permission_request", "session_update"];

/** From rows, newest first: what began and ended is one line, in the place of its beginning where that is known. */
export function milestonesOf(rows: readonly Row[]): Milestone[] {
  const ends = new Map<string, Row>();
  const used = new Set<number>();
  const milestones: Milestone[] = [];
  for (const row of rows) {
    const key = keyOf(row);
    if (key === null) {
      milestones.push(...single(row));
    } else if (isEnd(row)) {
      ends.set(key, row);
    } else {
      const end = ends.get(key);
      if (end) used.add(end.seq);
      ends.delete(key);
      milestones.push(joined(row, end));
    }
  }
  const alone = rows.filter((row) => keyOf(row) !== null && isEnd(row) && !used.has(row.seq)).map((row) => joined(row));
  return [...milestones, ...alone].sort((one, other) => other.seq - one.seq);
}

/** Joins a beginning and its end; null for what is a moment. */
function keyOf({ type, agentId }: Row): string | null {
  if (type === "agent_activity") return `agent ${agentId}`;
  return type === "compaction" ? `compaction ${agentId}` : null;
}

function isEnd({ type, word }: Row): boolean {
  return type === "compaction" ? word === "finished" : ENDS.has(word);
}

function joined(row: Row, end?: Row): Milestone {
  const { seq, time, agent: who, agentId } = row;
  const kind = row.type === "compaction" ? "compaction" : agentId === "main" ? "turn" : "agent";
  const took = end ? Math.max(0, end.time - time) : null;
  const word = (end ?? row).word;
  return { seq, time, kind, who, what: whatOf(row), took, failed: word === "failed" };
}

function whatOf({ type, about, agent, word }: Row): string {
  const rest = about.startsWith(agent) && type === "agent_activity" ? about.slice(agent.length) : about;
  return rest.replace(word, "").trim();
}

function single({ seq, time, type, agent: who, about, word, waits }: Row): Milestone[] {
  const moment = { seq, time, who, took: null, failed: false };
  if (type === "prompt") return [{ ...moment, kind: "prompt", what: about }];
  if (waits) return [{ ...moment, kind: "wait", what: about }];
  return type === "session_update" && word !== "" ? [{ ...moment, kind: "session", what: word }] : [];
}
