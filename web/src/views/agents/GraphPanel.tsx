import { useMemo } from "preact/hooks";
import { Graph, GraphTable } from "../../charts/Graph";
import { graphOf, MOST, type Node } from "../../charts/graph";
import { beganOf, type Team, teamsOf } from "../../charts/order";
import { selectionOf, selOf } from "../../select";
import { agentsOf } from "../../state";
import { count } from "../../text";
import type { Ui } from "../../ui";
import { useTurns } from "../../use-turns";
import { Empty, Panel } from "../Panel";
import { Switch } from "./Switch";

const APART = 250;

export function GraphPanel({ ui: live }: { ui: Ui }) {
  const ui = useTurns(live, APART);
  const { place } = ui.address;
  const apart = place.value.get("apart") === "1";
  const asTable = place.value.get("table") === "1";
  const state = ui.shown.state.value;
  const [graph, total] = useMemo(() => {
    const teams = teamsOf(agentsOf(state), beganOf(state));
    const agents = (apart ? fewEnough(teams) : teams.reverse()).flatMap((team) => team.agents);
    return [graphOf(agents, apart), teams.reduce((sum, team) => sum + team.agents.length, 0)] as const;
  }, [state, apart]);
  const selected = selectionOf(place.value);
  const chosen = graph.nodes.find(
    ({ node }) => selected?.kind === "agent" && node.agents.some(({ id }) => id === selected.id),
  );
  const choose = ({ agents }: Node) => {
    const [first] = [...agents].sort((one, other) => (other.value.seq ?? 0) - (one.value.seq ?? 0));
    if (first) ui.select(selOf("agent", first.id));
  };
  const shown = graph.nodes.reduce((sum, { node }) => sum + node.agents.length, 0);
  return (
    <Panel name="agent-graph" title="Who called whom" note={noteOf(shown, total, graph.joined)}>
      <div class="toolbar" role="toolbar" aria-label="Graph">
        <Switch address={ui.address} name="apart" off="Joined by name" />
        <span class="toolbar-note">On the lines: calls · time that 95 % of the runs took at most · failures</span>
        <span class="buttons end">
          <Switch address={ui.address} name="table" on="Show as table" />
        </span>
      </div>
      {graph.nodes.length === 0 && <Empty>No agent has been seen yet.</Empty>}
      {asTable ? (
        <GraphTable graph={graph} />
      ) : (
        <Graph graph={graph} narrow={ui.narrow.value} chosen={chosen?.node.id ?? ""} onChoose={choose} />
      )}
    </Panel>
  );
}

/** Of the newest sessions as many as can be shown agent by agent, but one at least. */
function fewEnough(teams: readonly Team[]): readonly Team[] {
  let agents = 0;
  return teams.filter((team, index) => {
    agents += team.agents.length;
    return agents <= MOST || index === 0;
  });
}

function noteOf(shown: number, total: number, joined: boolean): string {
  const left = shown < total ? `the newest ${count(shown)} of ` : "";
  return `${left}${count(total)} agents${joined ? " · too many to show apart" : ""}`;
}
