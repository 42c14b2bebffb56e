import { type Agent, agentsOf, type Placed } from "../state";
import { count, plain, shortId } from "../text";
import type { Ui } from "../ui";
import { Icon, type Shape } from "./icons";
import { Name } from "./Name";
import { Empty, Panel, Scroller } from "./Panel";

const SHOWN = 100;

export function Agents({ ui }: { ui: Ui }) {
  ui.drawn.value;
  const agents = agentsOf(ui.store.state);
  const active = agents.filter(({ value }) => value.status === "active").length;
  return (
    <Panel name="agents" title="Agents" note={note(active, agents.length)}>
      {agents.length === 0 ? <Empty>No agent has been seen yet.</Empty> : <Table agents={agents.slice(0, SHOWN)} />}
    </Panel>
  );
}

function note(active: number, total: number): string {
  const shown = total > SHOWN ? ` · showing ${SHOWN} of ${count(total)}` : "";
  return total === 0 ? "" : `${count(active)} active of ${count(total)}${shown}`;
}

function Table({ agents }: { agents: readonly Placed[] }) {
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

const STATUS = new Map<string, readonly [Shape, string]>([
  ["active", ["dot", "ok"]],
  ["waiting", ["square", "warn"]],
  ["stalled", ["rise", "warn"]],
  ["failed", ["cross", "crit"]],
  ["lost", ["cross", "crit"]],
  ["completed", ["check", "muted"]],
]);

export function Status({ word }: { word: string }) {
  const [shape, tone] = STATUS.get(word) ?? ["ring", "muted"];
  return (
    <span class={`status ${tone}`}>
      <Icon shape={shape} />
      {plain(word)}
    </span>
  );
}
