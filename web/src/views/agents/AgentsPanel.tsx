import { steady } from "../../charts/order";
import { agentsOf } from "../../state";
import { count } from "../../text";
import type { Ui } from "../../ui";
import { useTurns } from "../../use-turns";
import { Empty, Panel } from "../Panel";
import { AgentTable, SHOWN } from "./AgentTable";

const APART = 400;

export function AgentsPanel({ ui: live, title = "Agents" }: { ui: Ui; title?: string }) {
  const ui = useTurns(live, APART);
  const state = ui.shown.state.value;
  const agents = agentsOf(state);
  const active = agents.filter(({ value }) => value.status === "active").length;
  return (
    <Panel name="agents" title={title} note={note(active, agents.length)}>
      {agents.length === 0 ? (
        <Empty>No agent has been seen yet.</Empty>
      ) : (
        <AgentTable ui={ui} agents={steady(agents, state)} />
      )}
    </Panel>
  );
}

function note(active: number, total: number): string {
  const shown = total > SHOWN ? ` · showing ${SHOWN} of ${count(total)}` : "";
  return total === 0 ? "" : `${count(active)} active of ${count(total)}${shown}`;
}
