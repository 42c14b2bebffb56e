import { computed } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { useAnswer } from "../../answer";
import type { UsageRow } from "../../contract";
import { count, plain, took } from "../../text";
import type { Ui } from "../../ui";
import { Answered } from "../Answered";
import { Guard } from "../Guard";
import { Name } from "../Name";
import { Empty, Panel, Scroller } from "../Panel";

const SECONDS = 5;
const SHOWN = 100;

interface Tools {
  readonly tools: readonly UsageRow[];
}

export function Performance({ ui }: { ui: Ui }) {
  return (
    <Guard what="The performance">
      <ToolTimes ui={ui} />
    </Guard>
  );
}

function ToolTimes({ ui }: { ui: Ui }) {
  const project = ui.address.place.value.get("project");
  const path = project === undefined ? "/tools" : `/tools?${new URLSearchParams({ project })}`;
  const moving = useMemo(() => computed(() => !ui.paused.value), [ui]);
  const answer = useAnswer<Tools>(path, SECONDS, moving);
  return (
    <Panel name="tools" title="Tools" note="calls and durations by agent and tool">
      <Answered what="The tools" answer={answer}>
        {({ tools }) => <Table rows={tools.filter(({ agent, tool }) => agent && tool)} />}
      </Answered>
    </Panel>
  );
}

function Table({ rows }: { rows: readonly UsageRow[] }) {
  if (rows.length === 0) return <Empty>No tool has been called yet.</Empty>;
  const busiest = [...rows].sort((one, other) => other.calls - one.calls).slice(0, SHOWN);
  return (
    <Scroller label="List of tools">
      <table class="table">
        <thead>
          <tr>
            <th scope="col">Tool</th>
            <th scope="col">Agent</th>
            <th scope="col" class="number">
              Calls
            </th>
            <th scope="col" class="number">
              Failed
            </th>
            <th scope="col" class="number">
              Average
            </th>
            <th scope="col" class="number">
              p95
            </th>
          </tr>
        </thead>
        <tbody>
          {busiest.map((row) => (
            <tr key={`${row.agent} ${row.tool}`}>
              <th scope="row">{plain(row.tool ?? "")}</th>
              <td class="wide">
                <Name of={row.agent ?? ""} />
              </td>
              <td class="number">{count(row.calls)}</td>
              <td class="number">{count(row.failures)}</td>
              <td class="number">{row.calls > 0 ? took(row.total_ms / row.calls) : "–"}</td>
              <td class="number">{row.p95_ms === undefined ? "–" : took(row.p95_ms)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}
