import { computed, useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { type Answer, useAnswer } from "../../answer";
import { age } from "../../text";
import type { Ui } from "../../ui";
import { Answered } from "../Answered";
import { Guard, Skeleton } from "../Guard";
import { Panel } from "../Panel";
import { About } from "./About";
import { Clients } from "./Clients";
import { Forwarders } from "./Forwarders";
import { Health } from "./Health";
import { Ingest } from "./Ingest";
import { LogFacts } from "./LogFacts";
import { Services } from "./Services";
import { pauseOf, type SystemStatus } from "./status";
import { Types } from "./Types";
import { Trail } from "./trail";
import { troublesOf } from "./words";
import "./system.css";

/** What only this page has measured; it stays while other views are open. */
const TRAILS = new WeakMap<object, Trail>();

export function System({ ui }: { ui: Ui }) {
  const answer = useStatus(ui);
  const trail = TRAILS.get(ui.store) ?? new Trail();
  TRAILS.set(ui.store, trail);
  useMemo(() => {
    if (answer.value) trail.take(answer.value.instances, Date.now());
  }, [trail, answer.value]);
  if (answer.value === null) {
    return (
      <Answered what="How Lookout is" answer={answer}>
        {() => <Skeleton />}
      </Answered>
    );
  }
  return <Told ui={ui} status={answer.value} answer={answer} trail={trail} />;
}

/** Asked for as often as the services tell of themselves, and not while the page is paused. */
function useStatus(ui: Ui): Answer<SystemStatus> {
  const moving = useMemo(() => computed(() => !ui.paused.value), [ui]);
  const pause = useSignal(pauseOf(null));
  const answer = useAnswer<SystemStatus>("/status", pause.value, moving);
  useEffect(() => {
    pause.value = pauseOf(answer.value);
  }, [pause, answer.value]);
  return answer;
}

interface Props {
  readonly ui: Ui;
  readonly status: SystemStatus;
  readonly answer: Answer<SystemStatus>;
  readonly trail: Trail;
}

function Told({ ui, status, answer, trail }: Props) {
  const { instances, log, forwarders = [] } = status;
  return (
    <>
      {answer.error ? <Stale ui={ui} answer={answer} heard={trail.heard} /> : <Headline status={status} />}
      <Guard what="The services">
        <Panel name="services" title="Services" note="as their heartbeats tell">
          <Services status={status} trail={trail} />
        </Panel>
      </Guard>
      {forwarders.length > 0 && (
        <Guard what="The forwarders">
          <Panel name="forwarders" title="Forwarders" note="on the agents' machines, as each was heard last">
            <Forwarders forwarders={forwarders} now={ui.shown.now.value} />
          </Panel>
        </Guard>
      )}
      <div class="system-panels">
        <div class="system-column">
          <Guard what="What comes in">
            <Panel name="ingest" title="What comes in" note="since ingest was started">
              <Ingest ui={ui} instances={instances} />
            </Panel>
          </Guard>
          <Guard what="The clients">
            <Panel name="clients" title="Connected" note="pages and programs that get events live">
              <Clients instances={instances} />
            </Panel>
          </Guard>
        </div>
        <div class="system-column">
          <Guard what="The types of events">
            <Panel name="types" title="Events by type">
              <Types ui={ui} />
            </Panel>
          </Guard>
        </div>
        <div class="system-column">
          <Guard what="The log">
            <Panel name="log" title="Log" note={log ? "" : "does not answer"}>
              <LogFacts ui={ui} log={log} />
            </Panel>
          </Guard>
          <Guard what="The version">
            <Panel name="about" title="Lookout itself">
              <About ui={ui} />
            </Panel>
          </Guard>
        </div>
      </div>
    </>
  );
}

/** What is below is old, and says how old. */
function Stale({ ui, answer, heard }: { ui: Ui; answer: Answer<SystemStatus>; heard: number }) {
  return (
    <p class="system-headline" role="alert">
      <Health word="unhealthy">{answer.error}</Health>
      <span class="muted">This is as it was {age(ui.shown.now.value - heard)} ago.</span>
      <button type="button" class="button" onClick={answer.retry}>
        Try again
      </button>
    </p>
  );
}

function Headline({ status }: { status: SystemStatus }) {
  const troubles = troublesOf(status);
  return (
    <p class="system-headline">
      {troubles.length === 0 && <Health word="healthy">All services are well.</Health>}
      {troubles.map((trouble) => (
        <Health key={trouble} word="unhealthy">
          {trouble}
        </Health>
      ))}
      <span class="muted">
        Agents: {status.agents} · MCP servers: {status.mcp_gateway}
      </span>
    </p>
  );
}
