import { isOwn, type Row } from "../../rows";

const KEPT = 40;
const COMINGS = new Set(["invoked", "completed", "failed", "stopped"]);

/** Failures, denials, waits, compactions, and the coming and going of subagents. */
export function isNotable(row: Row): boolean {
  if (row.type === "agent_activity" && row.agentId !== "main" && COMINGS.has(row.word)) return true;
  if (row.type === "compaction") return true;
  // A session says how full it is all the time, and Lookout how it is; both are shown elsewhere.
  return row.level >= 2 && row.type !== "session_update" && !isOwn(row.type);
}

/** The newest notable rows, newest first. */
export class Notables {
  #rows: readonly Row[] = [];

  /** Another object when there are new ones. */
  get rows(): readonly Row[] {
    return this.#rows;
  }

  add(row: Row): void {
    if (isNotable(row)) this.#rows = [row, ...this.#rows.slice(0, KEPT - 1)];
  }
}
