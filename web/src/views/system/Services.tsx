import { Sparkline } from "../../charts/Sparkline";
import { age, bytes, percent, plain } from "../../text";
import { Head } from "./Head";
import { Health } from "./Health";
import { rowsOf, type ServiceRow, type SystemStatus } from "./status";
import type { Trail } from "./trail";
import { loadWords } from "./words";

export function Services({ status, trail }: { status: SystemStatus; trail: Trail }) {
  return (
    <table class="table services-table">
      <Head
        columns={[
          ["Service"],
          ["Status"],
          ["Up for", "number"],
          ["CPU", "number"],
          ["Memory", "number"],
          ["Now"],
          ["Heard", "number"],
        ]}
      />
      <tbody>
        {rowsOf(status).map((row) => (
          <Row key={row.instance?.beat.instance ?? row.service} row={row} trail={trail} last={status.log?.last} />
        ))}
      </tbody>
    </table>
  );
}

interface Props {
  readonly row: ServiceRow;
  readonly trail: Trail;
  /** The newest seq of the log. */
  readonly last: number | undefined;
}

function Row({ row: { service, word, instance }, trail, last }: Props) {
  const name = plain(service);
  if (!instance) {
    return (
      <tr>
        <th scope="row">{name}</th>
        <td>
          <Health word={word} />
        </td>
        <td colSpan={5} class="muted load">
          {service === "nats" ? "holds the log; it sends no heartbeats" : "no heartbeat has come"}
        </td>
      </tr>
    );
  }
  const { age: seconds, beat } = instance;
  const load = loadWords(beat, last).join(" · ");
  return (
    <tr>
      <th scope="row" title={`process ${beat.pid}, instance ${plain(beat.instance)}`}>
        {name}
      </th>
      <td>
        <Health word={word} />
      </td>
      <td class="number up">{age(beat.uptime * 1000)}</td>
      <td class="number cpu">
        <span class="used">
          <Sparkline values={trail.cpu(beat.instance)} label={`CPU of ${name} at its last heartbeats`} />
          {percent(beat.cpu)}
        </span>
      </td>
      <td class="number memory">
        <span class="used">
          <Sparkline
            values={trail.memory(beat.instance)}
            label={`Memory of ${name} at its last heartbeats`}
            colour="series-2"
          />
          {bytes(beat.memory)}
        </span>
      </td>
      <td class="wide load" title={load}>
        {load}
      </td>
      <td class="number heard">{age(seconds * 1000)} ago</td>
    </tr>
  );
}
