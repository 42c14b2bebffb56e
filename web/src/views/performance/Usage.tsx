import { lasting } from "../../charts/plot";
import { selOf } from "../../select";
import { count, plain } from "../../text";
import type { Ui } from "../../ui";
import { useTurns } from "../../use-turns";
import { Name } from "../Name";
import { orderOf } from "../order";
import { Empty, Panel, Scroller } from "../Panel";
import { Pick } from "../Pick";
import { SortHead } from "../SortHead";
import { averageOf, COLUMNS, type Column, ranked, slowestOf, type Used, usedBy, WAYS, type Way } from "./usage";

const APART = 500;
const SHOWN = 100;
const SLOWEST = 10;

const TITLES: { readonly [way in Way]: string } = { tool: "Tools", agent: "Agents", both: "Both" };
const HEADS: readonly (readonly [Column, string])[] = [
  ["calls", "Calls"],
  ["failed", "Failed"],
  ["average", "Average"],
  ["p50", "p50"],
  ["p95", "p95"],
  ["slowest", "Slowest"],
];

/** How long tools and agents took to answer, since the project began. */
export function UsagePanel({ ui: live }: { ui: Ui }) {
  const ui = useTurns(live, APART);
  const { place } = ui.address;
  const way = WAYS.find((each) => each === place.value.get("by")) ?? "tool";
  const sort = place.value.get("sort") ?? "p95";
  const rows = ranked(usedBy(ui.shown.state.value, way), sort);
  const note = rows.length > SHOWN ? `first ${SHOWN} of ${count(rows.length)}` : "since the project began";
  return (
    <Panel name="usage" title="Response time" note={note}>
      <div class="ways">
        {WAYS.map((each) => (
          <button
            key={each}
            type="button"
            class="button"
            aria-pressed={each === way}
            onClick={() => ui.address.go({ by: each === "tool" ? null : each })}
          >
            {TITLES[each]}
          </button>
        ))}
      </div>
      {rows.length === 0 ? <Empty>No call has ended yet.</Empty> : <Table ui={ui} rows={rows} sort={sort} />}
    </Panel>
  );
}

function Table({ ui, rows, sort }: { ui: Ui; rows: readonly Used[]; sort: string }) {
  const several = new Set(rows.map(({ project }) => project)).size > 1;
  const longest = rows.reduce((most, { usage }) => Math.max(most, usage.p95_ms ?? 0), 0);
  return (
    <Scroller label="List of response times">
      <table class="table">
        <thead>
          <tr>
            <Head ui={ui} sort={sort} column="name" title="Name" />
            {HEADS.map(([column, title]) => (
              <Head key={column} ui={ui} sort={sort} column={column} title={title} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, SHOWN).map(({ id, project, usage }) => (
            <tr key={id}>
              <th scope="row" class="wide">
                <span class="usage-name">
                  {usage.agent && <Name of={usage.agent} />}
                  {usage.tool && <span>{plain(usage.tool)}</span>}
                  {several && <span class="muted">{plain(project)}</span>}
                </span>
              </th>
              <td class="number">{count(usage.calls ?? 0)}</td>
              <td class={usage.failures ? "number crit" : "number"}>{count(usage.failures ?? 0)}</td>
              <td class="number average">{known(averageOf(usage))}</td>
              <td class="number p50">{known(usage.p50_ms)}</td>
              <td class="number p95">
                <meter class="length" min={0} max={longest || 1} value={usage.p95_ms ?? 0} aria-hidden="true" />
                <span>{known(usage.p95_ms)}</span>
              </td>
              <td class="number slowest">{known(usage.max_ms)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}

function known(value: number | null | undefined): string {
  return value === null || value === undefined ? "–" : lasting(value);
}

function Head({ ui, sort, column, title }: { ui: Ui; sort: string; column: Column; title: string }) {
  const order = orderOf(COLUMNS, sort);
  const turned = order.column === column && !order.turned ? `-${column}` : column;
  const click = () => ui.address.adjust({ sort: turned === "p95" ? null : turned });
  const style = column === "name" ? "" : `number ${column}`;
  return <SortHead order={order} column={column} title={title} class={style} onSort={click} />;
}

export function SlowestPanel({ ui: live }: { ui: Ui }) {
  const ui = useTurns(live, APART);
  const slowest = slowestOf(ui.shown.state.value, SLOWEST);
  return (
    <Panel name="slowest-calls" title="Slowest calls" note="since the project began">
      {slowest.length === 0 ? (
        <Empty>No call has ended yet.</Empty>
      ) : (
        <Scroller label="List of the slowest calls">
          <table class="table">
            <thead>
              <tr>
                <th scope="col" class="number">
                  Took
                </th>
                <th scope="col">Agent</th>
                <th scope="col">Call</th>
              </tr>
            </thead>
            <tbody>
              {slowest.map(({ seq, duration_ms: duration, agent, tool, summary = "" }) => (
                <tr key={seq}>
                  <td class="number">{lasting(duration)}</td>
                  <td>
                    <Name of={agent || "main"} />
                  </td>
                  <th scope="row" class="wide">
                    <Pick ui={ui} sel={selOf("evt", seq)}>
                      {plain(`${tool} ${summary}`)}
                    </Pick>
                  </th>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroller>
      )}
    </Panel>
  );
}
