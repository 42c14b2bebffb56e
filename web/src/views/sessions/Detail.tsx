import { selOf } from "../../select";
import { agentsOf, sessionsOf } from "../../state";
import { count, percent, plain } from "../../text";
import type { Ui } from "../../ui";
import { Facts, Part } from "../Facts";
import { Name } from "../Name";
import { Empty } from "../Panel";
import { Pick } from "../Pick";
import { Status } from "../Status";

export function SessionDetail({ ui, id }: { ui: Ui; id: string }) {
  const state = ui.shown.state.value;
  const session = sessionsOf(state).find(({ key }) => key === id)?.value;
  if (!session) return <Empty>This session is no longer in the state; its events may still be there.</Empty>;
  const agents = agentsOf(state).filter(({ value }) => value.session === id);
  return (
    <>
      <Facts
        facts={[
          ["Id", plain(id)],
          ["Title", plain(session.title ?? "")],
          ["Status", <Status word={session.status ?? ""} />],
          ["Model", plain(session.model ?? "")],
          ["Folder", plain(session.cwd ?? "")],
          ["Context", session.context_percentage !== undefined && percent(session.context_percentage)],
          ["Tokens", session.token_usage !== undefined && count(session.token_usage)],
          ["Cost", session.cost_usd !== undefined && `$${session.cost_usd.toFixed(2)}`],
          ["Turns", count(session.turns ?? 0)],
          ["Compactions", count(session.compactions ?? 0)],
        ]}
      />
      {agents.length > 0 && (
        <Part title="Agents">
          <ul class="plain-list">
            {agents.slice(0, 50).map(({ key, value }) => (
              <li key={key}>
                <Pick ui={ui} sel={selOf("agent", key)}>
                  <Name of={value.name ?? ""} />
                </Pick>
              </li>
            ))}
          </ul>
        </Part>
      )}
    </>
  );
}
