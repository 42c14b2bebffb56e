import { computed } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { useAnswer } from "../../answer";
import { age, bytes, count, percent, plain } from "../../text";
import type { Ui } from "../../ui";
import { Answered } from "../Answered";
import { Guard } from "../Guard";
import { Panel, Scroller } from "../Panel";
import { Status } from "../Status";

const SECONDS = 5;

interface Instance {
  readonly alive: boolean;
  readonly age: number;
  readonly beat: { service: string; instance: string; uptime: number; cpu: number; memory: number };
}

interface SystemStatus {
  readonly services: { readonly [name: string]: string };
  readonly instances: readonly Instance[];
  readonly metrics: { readonly [name: string]: number };
  readonly log: { epoch: string; first: number; last: number } | null;
}

export function System({ ui }: { ui: Ui }) {
  const moving = useMemo(() => computed(() => !ui.paused.value), [ui]);
  const answer = useAnswer<SystemStatus>("/status", SECONDS, moving);
  return (
    <>
      <Guard what="The services">
        <Panel name="services" title="Services" note="as their last heartbeats told">
          <Answered what="The services" answer={answer}>
            {({ instances }) => <Services instances={instances} />}
          </Answered>
        </Panel>
      </Guard>
      <Guard what="The log">
        <Panel name="log" title="Log" note="what is kept, and what came">
          <Answered what="The log" answer={answer}>
            {(status) => <Log status={status} />}
          </Answered>
        </Panel>
      </Guard>
    </>
  );
}

function Services({ instances }: { instances: readonly Instance[] }) {
  return (
    <Scroller label="List of services">
      <table class="table">
        <thead>
          <tr>
            <th scope="col">Service</th>
            <th scope="col">Status</th>
            <th scope="col" class="number">
              Up for
            </th>
            <th scope="col" class="number">
              CPU
            </th>
            <th scope="col" class="number">
              Memory
            </th>
            <th scope="col" class="number">
              Last heard
            </th>
          </tr>
        </thead>
        <tbody>
          {instances.map(({ alive, age: seconds, beat }) => (
            <tr key={beat.instance}>
              <th scope="row">{plain(beat.service)}</th>
              <td>
                <Status word={alive ? "active" : "lost"} />
              </td>
              <td class="number">{age(beat.uptime * 1000)}</td>
              <td class="number">{percent(beat.cpu)}</td>
              <td class="number">{bytes(beat.memory)}</td>
              <td class="number">{age(seconds * 1000)} ago</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}

function Log({ status: { log, metrics } }: { status: SystemStatus }) {
  const figures = Object.entries(metrics).map(([name, value]) => [name.replaceAll("_", " "), count(value)] as const);
  const kept = log ? [["kept events", `#${count(log.first)} to #${count(log.last)}`] as const] : [];
  return (
    <Scroller label="Figures of the log">
      <table class="table">
        <tbody>
          {[...kept, ...figures].map(([name, value]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td class="number">{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}
