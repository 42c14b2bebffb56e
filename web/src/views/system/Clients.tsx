import { compact, count } from "../../text";
import { Facts } from "../Facts";
import { Empty } from "../Panel";
import { countersOf, type Instance, totalOf } from "./status";
import { closingsOf, size } from "./words";

export function Clients({ instances }: { instances: readonly Instance[] }) {
  const counters = countersOf(instances, "stream");
  if (Object.keys(counters).length === 0)
    return <Empty>Stream is not heard, so nobody is known to be connected.</Empty>;
  const now = totalOf(instances, "stream", ({ gauges }) => gauges.connections);
  const most = totalOf(instances, "stream", ({ gauges }) => gauges.max_connections);
  const closings = closingsOf(counters);
  return (
    <div class="system-body">
      <Facts
        facts={[
          ["Now", most > 0 ? `${count(now)} of at most ${count(most)}` : count(now)],
          ["Came so far", count(counters.connections ?? 0)],
          [
            "Sent",
            counters.deliveries !== undefined && `${compact(counters.deliveries)} events${sentBytes(counters.bytes)}`,
          ],
          ["Sent away", closings.length > 0 ? <Lines of={closings} /> : "nobody"],
        ]}
      />
    </div>
  );
}

function sentBytes(bytes: number | undefined): string {
  return bytes === undefined ? "" : `, ${size(bytes)}`;
}

export function Lines({ of }: { of: readonly string[] }) {
  return (
    <ul class="system-lines">
      {of.map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  );
}
