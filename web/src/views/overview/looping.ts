import { laneKey } from "../../charts/spans";
import type { Row } from "../../rows";
import { Often, type Repeated } from "./often";

export type Loops = readonly Repeated<Row>[];

/** The agent, the tool and what it was called with; null for what is no such call. */
function callKey(row: Row, asked: string): string | null {
  if (row.type !== "tool_use" || row.word === "denied") return null;
  // Some clients tell the beginnings of calls, some their ends, some both: either is counted by itself.
  return asked === "" ? null : [laneKey(row), row.word === "started" ? "began" : "ended", row.tool, asked].join("\n");
}

/** What it was called with: `pytest -q` of `Bash started pytest -q`. */
export function summaryOf({ tool, word, about }: Row): string {
  const rest = about.startsWith(tool) ? about.slice(tool.length).trim() : about;
  return word !== "finished" && rest.startsWith(word) ? rest.slice(word.length).trim() : rest;
}

/** Whether it may have been cut, as the rows of the page are: then what looks the same need not be. */
export function isCut(row: Row): boolean {
  return row.about.includes("…");
}

/** Agents that call the same tool with the same again and again. */
export class Looping {
  readonly #calls = new Often<Row>();

  add(row: Row, time: number, asked: string = summaryOf(row)): void {
    const key = callKey(row, asked);
    if (key !== null) this.#calls.add(key, time, row);
  }

  found(now: number): Loops {
    const most = new Map<string, Repeated<Row>>();
    for (const loop of this.#calls.found(now)) {
      const key = `${laneKey(loop.what)}\n${loop.what.tool}`;
      if (loop.times > (most.get(key)?.times ?? 0)) most.set(key, loop);
    }
    return [...most.values()];
  }
}
