import type { EventFrame } from "../../protocol";
import type { Row } from "../../rows";
import { type Agent, callerOf, type Placed } from "../../state";
import { plain, shortened } from "../../text";

/** What an agent was asked: how much, not which words. Times in milliseconds, sizes in bytes. */
export interface Asked {
  readonly seq: number;
  readonly time: number;
  readonly size: number;
  readonly description: string;
}

const LONGEST = 200;

/** The prompts of a session's own agent; of another the call that invoked it. */
export function asked(events: readonly EventFrame[], { tool_use_id: call }: Agent): Asked[] {
  return events
    .filter(({ event, data }) => event === "prompt" || (call !== undefined && data?.tool_use_id === call))
    .map(({ seq, time, data = {} }) => ({
      seq,
      time: Date.parse(time ?? ""),
      size: Number(data.size ?? data.input_bytes ?? 0),
      description: typeof data.summary === "string" ? plain(shortened(data.summary, LONGEST)) : "",
    }));
}

/** From the session's own agent down to the one that called it. An agent that is its own ancestor ends the chain. */
export function callersOf(agent: Placed, agents: readonly Placed[]): Placed[] {
  const byId = new Map(agents.map((each) => [each.id, each]));
  const chain: Placed[] = [];
  for (let at = byId.get(callerOf(agent) ?? ""); at && at !== agent && !chain.includes(at); ) {
    chain.unshift(at);
    at = byId.get(callerOf(at) ?? "");
  }
  return chain;
}

/** How often each tool was called, the most called first. */
export function toolsOf(rows: readonly Row[]): [string, number][] {
  const calls = new Map<string, number>();
  for (const { tool } of rows) calls.set(tool, (calls.get(tool) ?? 0) + 1);
  return [...calls].sort(([, one], [, other]) => other - one);
}
