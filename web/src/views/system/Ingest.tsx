import { written } from "../../query/edit";
import { age, compact, count, plain } from "../../text";
import type { Ui } from "../../ui";
import { Facts, Part } from "../Facts";
import { Empty } from "../Panel";
import { Lines } from "./Clients";
import { Head } from "./Head";
import { sourcesOf } from "./sources";
import { countersOf, type Instance } from "./status";
import { refusalsOf } from "./words";

interface Props {
  readonly ui: Ui;
  readonly instances: readonly Instance[];
}

export function Ingest({ ui, instances }: Props) {
  return (
    <div class="system-body">
      <Counts instances={instances} />
      <Part title="Who sends">
        <Sources ui={ui} />
      </Part>
    </div>
  );
}

function Counts({ instances }: { instances: readonly Instance[] }) {
  const counters = countersOf(instances, "ingest");
  if (Object.keys(counters).length === 0) return <Empty>Ingest is not heard, so nothing is known of it.</Empty>;
  const { requests = 0, stored = 0, duplicates = 0 } = counters;
  const refusals = refusalsOf(counters);
  return (
    <Facts
      facts={[
        ["Requests", count(requests)],
        ["Stored", `${count(stored)} events`],
        ["Refused", refusals.length > 0 ? <Lines of={refusals} /> : "none"],
        ["Repeated", duplicates > 0 ? `${count(duplicates)} came again and were stored once` : "none"],
      ]}
    />
  );
}

function Sources({ ui }: { ui: Ui }) {
  const sources = sourcesOf(ui.shown.state.value);
  if (sources.length === 0) return <p class="muted">No session has been seen yet.</p>;
  return (
    <table class="table">
      <Head columns={[["Source"], ["Sessions", "number"], ["Events", "number"], ["Last event", "number"]]} />
      <tbody>
        {sources.slice(0, MOST).map(({ source, host, sessions, events, last }) => (
          <tr key={`${source} ${host}`}>
            <th scope="row" class="wide">
              <a class="pick" href={ui.address.href({ view: "events", q: `source:${written(source)}` })}>
                {plain(source) || "not told"}
              </a>
              {host && <span class="muted"> on {plain(host)}</span>}
            </th>
            <td class="number">{count(sessions)}</td>
            <td class="number">{compact(events)}</td>
            <td class="number">{Number.isNaN(last) ? "–" : `${age(ui.shown.now.value - last)} ago`}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const MOST = 20;
