import type { Agent, Placed } from "../../state";
import { count, plain, shortId } from "../../text";
import { Name } from "../Name";
import { Scroller } from "../Panel";
import { Status } from "../Status";

/** Agents in their place, each below the one that called it. */
export function AgentTable({ agents }: { agents: readonly Placed[] }) {
  return (
    <Scroller label="List of agents">
      <table class="table">
        <thead>
          <tr>
            <th scope="col">Agent</th>
            <th scope="col">Status</th>
            <th scope="col">Doing</th>
            <th scope="col">Session</th>
            <th scope="col" class="number">
              Invocations
            </th>
          </tr>
        </thead>
        <tbody>
          {agents.map((placed) => (
            <AgentRow key={placed.id} placed={placed} />
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}

function AgentRow({ placed: { value: agent, depth } }: { placed: Placed }) {
  const doing = doingOf(agent);
  const session = plain(agent.session ?? "");
  return (
    <tr class={`depth-${Math.min(depth, 4)}`}>
      <th scope="row">
        <Name of={agent.name ?? agent.agent_id ?? ""} />
      </th>
      <td>
        <Status word={agent.status ?? ""} />
      </td>
      <td class="wide doing" title={doing}>
        {doing}
      </td>
      <td class="session muted" title={session}>
        {shortId(session)}
      </td>
      <td class="number">{count(agent.invocations ?? 0)}</td>
    </tr>
  );
}

/** What it waits for, what it does, or else what it was asked to do. */
function doingOf({ waiting, doing, description }: Agent): string {
  if (waiting) return plain(["waits for", waiting.reason, waiting.tool, waiting.summary].filter(Boolean).join(" "));
  return plain(doing || description || "");
}
