import { lasting } from "../../charts/plot";
import { count, plain } from "../../text";
import { Empty, Panel, Scroller } from "../Panel";
import type { ChartProps } from "./Charts";
import { EDGES, type Heat, heat } from "./heat";
import { useHeats } from "./measured";

/** How often each tool took how long, over the time that the charts show. */
export function HeatMap(props: ChartProps) {
  const heats = useHeats(props);
  return (
    <Panel name="heat-map" title="Tools by response time" note="calls in the time shown">
      {heats.length === 0 ? (
        <Empty>No tool call has ended in this time.</Empty>
      ) : (
        <Table heats={props.ui.narrow.value ? heats.map(coarse) : heats} />
      )}
    </Panel>
  );
}

/** Two columns as one, where there is no room for all. */
function coarse(heat: Heat): Heat {
  const counts = heat.counts.flatMap((count, index, all) => (index % 2 === 0 ? [count + (all[index + 1] ?? 0)] : []));
  return { ...heat, counts };
}

function Table({ heats }: { heats: readonly Heat[] }) {
  const edges = heats[0]?.counts.length === EDGES.length + 1 ? EDGES : EDGES.filter((_, index) => index % 2 === 1);
  const most = Math.max(...heats.flatMap(({ counts }) => counts));
  return (
    <Scroller label="How often each tool took how long">
      <table class="table heats">
        <thead>
          <tr>
            <th scope="col">Tool</th>
            {edges.map((edge) => (
              <th key={edge} scope="col" class="number">
                &lt;{lasting(edge)}
              </th>
            ))}
            <th scope="col" class="number">
              more
            </th>
          </tr>
        </thead>
        <tbody>
          {heats.map(({ tool, counts }) => (
            <tr key={tool}>
              <th scope="row" title={plain(tool)}>
                <span class="cut">{plain(tool)}</span>
              </th>
              {counts.map((each, index) => (
                <td key={edges[index] ?? "more"} class={`number heat-${heat(each, most)}`}>
                  {each > 0 && count(each)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}
