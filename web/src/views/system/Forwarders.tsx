import { age, count, plain } from "../../text";
import { Head } from "./Head";
import { Health } from "./Health";
import type { ForwarderStatus } from "./status";
import { isSilent, waitingWords } from "./words";

interface Props {
  readonly forwarders: readonly ForwarderStatus[];
  readonly now: number;
}

export function Forwarders({ forwarders, now }: Props) {
  return (
    <table class="table forwarders-table">
      <Head
        columns={[
          ["Host"],
          ["Status"],
          ["Waiting"],
          ["Oldest waiting", "number"],
          ["Sent", "number"],
          ["Refused", "number"],
          ["Lost", "number"],
          ["Heard", "number"],
        ]}
      />
      <tbody>
        {forwarders.map((status) => (
          <Row key={idOf(status)} status={status} now={now} />
        ))}
      </tbody>
    </table>
  );
}

/** Of two that have the same name each has its row. */
function idOf({ sender, forwarder }: ForwarderStatus): string {
  return JSON.stringify([sender, forwarder.host, forwarder.spool]);
}

function Row({ status, now }: { status: ForwarderStatus; now: number }) {
  const { forwarder } = status;
  const { host, spool, version, oldest, sent, refused, lost } = forwarder;
  return (
    <tr>
      <th scope="row" title={`spool ${plain(spool)}, version ${plain(version)}`}>
        {plain(host)}
      </th>
      <td>
        <Word status={status} />
      </td>
      <td class="wide" data-label="Waiting">
        {waitingWords(forwarder)}
      </td>
      <td class="number" data-label="Oldest">
        {oldest === null ? "–" : age(now - Date.parse(oldest))}
      </td>
      <td class="number" data-label="Sent">
        {count(sent)}
      </td>
      <td class="number" data-label="Refused">
        {count(refused)}
      </td>
      <td class="number" data-label="Lost">
        {count(lost)}
      </td>
      <td class="number" data-label="Heard">
        {age(status.age * 1000)} ago
      </td>
    </tr>
  );
}

/** What it holds while it is silent is not known; a machine that is off is no fault. */
function Word({ status }: { status: ForwarderStatus }) {
  if (isSilent(status)) return <Health word="gone">silent</Health>;
  if (status.forwarder.lost > 0) return <Health word="degraded">has lost events</Health>;
  return <Health word="healthy">{status.forwarder.waiting > 0 ? "catching up" : "up to date"}</Health>;
}
