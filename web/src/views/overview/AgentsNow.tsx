import { steady } from "../../charts/order";
import { useList } from "../../list";
import { selOf } from "../../select";
import { type Agent, agentsOf, beside, type Placed, type Session, sessionsOf } from "../../state";
import { compact, count, plain } from "../../text";
import type { Ui } from "../../ui";
import { useTurns } from "../../use-turns";
import { doingOf } from "../agents/AgentTable";
import { Name } from "../Name";
import { Empty, Panel, Scroller } from "../Panel";
import { Pick } from "../Pick";
import { Status } from "../Status";
import { Gauge } from "../sessions/Gauge";
import { sessionName } from "../sessions/naming";
import { totalOf } from "../sessions/spent";
import { presentOf } from "./now";

const APART = 250;
const SHOWN = 40;

/** Who is there, each below the one that called it. */
export function AgentsNow({ ui: live }: { ui: Ui }) {
  const ui = useTurns(live, APART);
  const state = ui.shown.state.value;
  const all = agentsOf(state);
  const { present, ended } = presentOf(all);
  const shown = steady(present, state).slice(0, SHOWN);
  const sessions = new Map(sessionsOf(state).map(({ id, value }) => [id, value]));
  useList(
    ui,
    shown.map(({ id }) => selOf("agent", id)),
  );
  return (
    <Panel name="now" title="Agents now" note={<Note ui={ui} present={present} ended={ended} />}>
      {shown.length === 0 ? (
        <Empty>{all.length === 0 ? "No agent has been seen yet." : "All agents have ended."}</Empty>
      ) : (
        <Scroller label="List of agents now">
          <table class="table">
            <thead>
              <tr>
                <th scope="col">Agent</th>
                <th scope="col">Doing</th>
                <th scope="col" class="of">
                  Session
                </th>
                <th scope="col" class="filled">
                  Context
                </th>
                <th scope="col" class="number spent">
                  Tokens
                </th>
              </tr>
            </thead>
            <tbody>
              {shown.map((placed) => (
                <Line
                  key={placed.id}
                  ui={ui}
                  placed={placed}
                  session={sessions.get(beside(placed, placed.value.session ?? ""))}
                />
              ))}
            </tbody>
          </table>
        </Scroller>
      )}
    </Panel>
  );
}

function Note({ ui, present, ended }: { ui: Ui; present: readonly Placed[]; ended: number }) {
  const active = present.filter(({ value }) => value.status === "active").length;
  const shown = present.length > SHOWN ? ` · showing ${SHOWN} of ${count(present.length)}` : "";
  return (
    <>
      {present.length > 0 && `${count(active)} active${shown}`}
      {ended > 0 && (
        <a class="panel-link" href={ui.address.href({ view: "agents.table" })}>
          {count(ended)} ended
        </a>
      )}
    </>
  );
}

interface LineProps {
  ui: Ui;
  placed: Placed;
  session: Session | undefined;
}

function Line({ ui, placed: { id, value: agent, depth }, session }: LineProps) {
  const doing = doingOf(agent);
  const of = agent.session ? sessionName(session ?? {}, agent.session) : "";
  const own = agent.agent_id === "main" || agent.agent_id === undefined;
  return (
    <tr class={`depth-${Math.min(depth, 4)}`}>
      <th scope="row">
        <Pick ui={ui} sel={selOf("agent", id)}>
          <Name of={agent.name ?? agent.agent_id ?? ""} />
        </Pick>
      </th>
      <td class="wide doing" title={doing}>
        <Doing status={agent.status ?? ""} doing={doing} />
      </td>
      <td class="of muted" title={plain(agent.session ?? "")}>
        <span class="cut">{own ? of : ""}</span>
      </td>
      <td class="filled">{own && session && <Gauge session={session} />}</td>
      <td class="number spent">{tokensOf(agent, own ? session : undefined)}</td>
    </tr>
  );
}

/** What an active agent does says that it is active. */
function Doing({ status, doing }: { status: string; doing: string }) {
  const tells = doing !== "" && (status === "active" || status === "waiting");
  return (
    <span class={tells ? "does told" : "does"}>
      <Status word={status} />
      <span class="cut">{doing}</span>
    </span>
  );
}

/** Its own where they are known apart, and else for a session's own agent those of the session. */
function tokensOf({ tokens }: Agent, session: Session | undefined): string {
  const total = totalOf(tokens) || totalOf(session?.tokens);
  return total > 0 ? compact(total) : "–";
}
