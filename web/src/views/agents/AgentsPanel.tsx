import { agentsOf } from "../../state";
import { count } from "../../text";
import type { Ui } from "../../ui";
import { Empty, Panel } from "../Panel";
import { AgentTable } from "./AgentTable";

const SHOWN = 120;

export function AgentsPanel({ ui, title = "Agents" }: { ui: Ui; title?: string }) {
  const agents = agentsOf(ui.shown.state.value);
  const active = agents.filter(({ value }) => value.status === "active").length;
  return (
    <Panel name="agents" title={title} note={note(active, agents.length)}>
      {agents.length === 0 ? (
        <Empty>No agent has been seen yet.</Empty>
      ) : (
        <AgentTable ui={ui} agents={agents.slice(0, SHOWN)} />
      )}
    </Panel>
  );
}

function note(active: number, total: number): string {
  const shown = total > SHOWN ? ` · showing ${SHOWN} of ${count(total)}` : "";
  return total === 0 ? "" : `${count(active)} active of ${count(total)}${shown}`;
}
