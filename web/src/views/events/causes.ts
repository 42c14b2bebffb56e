import { neighbour } from "../../find";
import type { Rows } from "../../ring";
import type { Row } from "../../rows";

const BEGINNINGS = new Set(["invoked", "started"]);
/** Rows after an event that are looked at for what it led to. */
const AHEAD = 5000;

/**
 * What made an event happen, as far as the rows there are tell: of what came of a call the call, of what a subagent
 * did that it was called, and of all else the prompt.
 */
export function causeOf(rows: Rows<Row>, row: Row): Row | undefined {
  if (row.type === "prompt" || row.session === "") return undefined;
  const before = (wanted: (other: Row) => boolean) =>
    neighbour(rows, row.seq, -1, (other) => isBeside(row, other) && wanted(other));
  return (
    (row.call !== "" && !begins(row) ? before((other) => begins(other) && other.call === row.call) : undefined) ??
    (row.agentId !== "main" ? before((other) => calls(other) && other.agentId === row.agentId) : undefined) ??
    before(({ type }) => type === "prompt")
  );
}

function isBeside(row: Row, other: Row): boolean {
  return other.session === row.session && other.project === row.project;
}

function begins({ type, word }: Row): boolean {
  return type === "tool_use" && word === "started";
}

function calls({ type, word }: Row): boolean {
  return type === "agent_activity" && BEGINNINGS.has(word);
}

/** What an event led to at once, oldest first; at most `most`. */
export function effectsOf(rows: Rows<Row>, row: Row, most: number): Row[] {
  const effects: Row[] = [];
  let at = row;
  for (let looked = 0; looked < AHEAD && effects.length < most; looked += 1) {
    const next = neighbour(rows, at.seq, 1, () => true);
    if (!next) break;
    at = next;
    if (isBeside(row, at) && causeOf(rows, at)?.seq === row.seq) effects.push(at);
  }
  return effects;
}
