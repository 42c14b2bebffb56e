import { laneKey } from "../../charts/spans";
import { written } from "../../query/edit";
import type { Row } from "../../rows";
import { selOf } from "../../select";

/** The agent of an event, as a selection. */
export function doerSel(row: Row): string {
  return selOf("agent", laneKey(row));
}

/** The events of the agent of an event, as a query. */
export function doerQuery({ project, session, agent, agentId }: Row): string {
  const who = session ? `session:${written(session)} agent_id:${written(agentId)}` : `agent:${written(agent)}`;
  return `project:${written(project)} ${who}`;
}
