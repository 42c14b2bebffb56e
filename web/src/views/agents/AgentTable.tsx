import "./table.css";
import { useMemo } from "preact/hooks";
import { useList } from "../../list";
import { selOf } from "../../select";
import type { Agent, Placed } from "../../state";
import { age, compact, count, plain, shortId } from "../../text";
import type { Ui } from "../../ui";
import { Name } from "../Name";
import { next, type Order, orderOf } from "../order";
import { Scroller } from "../Panel";
import { Pick } from "../Pick";
import { SortHead } from "../SortHead";
import { Status } from "../Status";
import { COLUMNS, type Column, ordered, tokensOf } from "./ordered";

export const SHOWN = 120;

interface Props {
  ui: Ui;
  agents: readonly Placed[];
}

/** Agents in their place, each below the one that called it, or sorted by a column; the first of them. */
export function AgentTable({ ui, agents }: Props) {
  const order = orderOf(COLUMNS, ui.address.place.value.get("sort"));
  const spent = agents.some(({ value }) => value.tokens !== undefined);
  const rows = ordered(agents, order).slice(0, SHOWN);
  useList(
    ui,
    rows.map(({ id }) => selOf("agent", id)),
  );
  return (
    <Scroller label="List of agents">
      <table class={spent ? "table" : "table unspent"}>
        <thead>
          <tr>
            <Head ui={ui} order={order} column="agent" title="Agent" />
            <Head ui={ui} order={order} column="status" title="Status" />
            <th scope="col">Doing</th>
            <th scope="col" class="session">
              Session
            </th>
            <Head ui={ui} order={order} column="invoked" title="Invoked" number />
            <Head ui={ui} order={order} column="calls" title="Calls ended" number />
            <Head ui={ui} order={order} column="failed" title="Failed" number />
            <Head ui={ui} order={order} column="tokens" title="Tokens" number />
            <Head ui={ui} order={order} column="cost" title="Cost $" number />
            <Head ui={ui} order={order} column="seen" title="Seen" number />
          </tr>
        </thead>
        <tbody>
          {rows.map((placed) => (
            <AgentRow key={placed.id} ui={ui} placed={placed} />
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}

interface HeadProps {
  ui: Ui;
  order: Order<Column>;
  column: Column;
  title: string;
  number?: boolean;
}

function Head({ ui, order, column, title, number = false }: HeadProps) {
  const style = number ? `number ${column}` : `of-${column}`;
  const sort = () => ui.address.adjust({ sort: next(order, column) });
  return <SortHead order={order} column={column} title={title} class={style} onSort={sort} />;
}

interface RowProps {
  ui: Ui;
  placed: Placed;
}

/** Drawn anew where the agent has changed, or it is longer ago that it was seen. */
function AgentRow({ ui, placed: { id, value, depth } }: RowProps) {
  const seen = Date.parse(value.last_seen ?? "");
  const ago = Number.isNaN(seen) ? "–" : age(ui.shown.now.value - seen);
  return useMemo(() => rowOf(ui, id, value, depth, ago), [ui, id, value, depth, ago]);
}

function rowOf(ui: Ui, id: string, agent: Agent, depth: number, ago: string) {
  const doing = doingOf(agent);
  const session = plain(agent.session ?? "");
  const tokens = tokensOf(agent);
  return (
    <tr class={`depth-${Math.min(depth, 4)}`}>
      <th scope="row">
        <Pick ui={ui} sel={selOf("agent", id)}>
          <Name of={agent.name ?? agent.agent_id ?? ""} />
        </Pick>
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
      <td class="number invoked">{count(agent.invocations ?? 0)}</td>
      <td class="number calls">
        {count(agent.tool_calls ?? 0)}
        <span class="unit"> calls</span>
      </td>
      <td class={agent.failures ? "number failed crit" : "number failed"}>{count(agent.failures ?? 0)}</td>
      <td class="number tokens">{tokens > 0 ? compact(tokens) : "–"}</td>
      <td class="number cost">{agent.cost_usd === undefined ? "–" : agent.cost_usd.toFixed(2)}</td>
      <td class="number seen muted">{ago}</td>
    </tr>
  );
}

/** What it waits for, what it does, or else what it was asked to do. */
export function doingOf({ waiting, doing, description }: Agent): string {
  if (waiting) return plain(["waits for", waiting.reason, waiting.tool, waiting.summary].filter(Boolean).join(" "));
  return plain(doing || description || "");
}
