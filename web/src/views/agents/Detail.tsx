import { computed } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { useAnswer } from "../../answer";
import type { EventFrame } from "../../protocol";
import { written } from "../../query/edit";
import { type Row, rowOf } from "../../rows";
import { selOf } from "../../select";
import { type Agent, agentsOf, beside, callerOf, type Placed, projectOf } from "../../state";
import { age, bytes, clock, compact, count, plain, shortId, took } from "../../text";
import type { Ui } from "../../ui";
import { Answered } from "../Answered";
import { Facts, Part } from "../Facts";
import { Name } from "../Name";
import { Empty } from "../Panel";
import { Pick } from "../Pick";
import { Status } from "../Status";
import { asked, callersOf, toolsOf } from "./asked";
import "./detail.css";

const SECONDS = 5;
const CALLS = 12;

/** An agent: what it was asked to do and by whom, what it did, and whom it called. */
export function AgentDetail({ ui, id }: { ui: Ui; id: string }) {
  const agents = agentsOf(ui.shown.state.value);
  const placed = agents.find((each) => each.id === id);
  if (!placed) return <Empty>This agent is no longer in the state; its events may still be there.</Empty>;
  const agent = placed.value;
  const children = agents.filter((each) => callerOf(each) === id);
  return (
    <div class="agent-detail">
      <h3 class="agent-name">
        <Name of={agent.name ?? agent.agent_id ?? ""} />
        <Status word={agent.status ?? ""} />
      </h3>
      <Chain ui={ui} callers={callersOf(placed, agents)} inferred={agent.parent_inferred === true} />
      {agent.waiting && <Waiting ui={ui} agent={agent} />}
      <Basics ui={ui} placed={placed} />
      <Open ui={ui} agent={agent} />
      <Tokens agent={agent} />
      {children.length > 0 && (
        <Part title={`Called ${count(children.length)}`}>
          <ul class="plain-list">
            {children.slice(0, 50).map((child) => (
              <li key={child.id} class="agent-child">
                <Pick ui={ui} sel={selOf("agent", child.id)}>
                  <Name of={child.value.name ?? ""} />
                </Pick>
                <Status word={child.value.status ?? ""} />
              </li>
            ))}
          </ul>
        </Part>
      )}
      <History ui={ui} placed={placed} />
    </div>
  );
}

/** Who called it, from the session's own agent down. */
function Chain({ ui, callers, inferred }: { ui: Ui; callers: readonly Placed[]; inferred: boolean }) {
  if (callers.length === 0) return <p class="agent-chain muted">Its session's own agent: called by prompts.</p>;
  return (
    <p class="agent-chain muted">
      Called by{" "}
      {callers.map(({ id, value }, index) => (
        <span key={id}>
          {index > 0 && " → "}
          <Pick ui={ui} sel={selOf("agent", id)}>
            {plain(value.name ?? "")}
          </Pick>
        </span>
      ))}
      {inferred && " (as order and type tell, not the client)"}
    </p>
  );
}

function Waiting({ ui, agent: { waiting } }: { ui: Ui; agent: Agent }) {
  if (!waiting) return null;
  const since = Date.parse(waiting.since);
  return (
    <p class="agent-waiting warn">
      Waits for you since {age(ui.shown.now.value - since)}: {waiting.reason}{" "}
      <b>{plain(`${waiting.tool ?? ""} ${waiting.summary ?? ""}`)}</b>
    </p>
  );
}

function Basics({ ui, placed }: { ui: Ui; placed: Placed }) {
  const agent = placed.value;
  const started = Date.parse(agent.started ?? "");
  const ended = Date.parse(agent.ended ?? "");
  const facts: [string, ComponentChildren][] = [
    ["Asked to", plain(agent.description ?? "")],
    ["Session", agent.session && <SessionLink ui={ui} placed={placed} session={agent.session} />],
    ["Invocations", count(agent.invocations ?? 0)],
    ["Ended tool calls", `${count(agent.tool_calls ?? 0)}, ${count(agent.failures ?? 0)} failed`],
    ["Started", Number.isNaN(started) ? "" : clock(started).slice(0, 8)],
    [Number.isNaN(ended) ? "Runs for" : "Ran for", took(Math.round((ended || ui.shown.now.value) - started))],
    ["In the background", agent.background && "yes"],
  ];
  return <Facts facts={facts} />;
}

function SessionLink({ ui, placed, session }: { ui: Ui; placed: Placed; session: string }) {
  return (
    <Pick ui={ui} sel={selOf("session", beside(placed, session))}>
      {shortId(plain(session))}
    </Pick>
  );
}

/** The calls that have not ended. */
function Open({ ui, agent: { calls = {} } }: { ui: Ui; agent: Agent }) {
  const open = Object.entries(calls);
  if (open.length === 0) return null;
  return (
    <Part title="Doing now">
      <ul class="plain-list">
        {open.slice(0, 20).map(([id, { tool, summary = "", since }]) => (
          <li key={id} class="agent-call">
            <span class="agent-what">{plain(`${tool} ${summary}`)}</span>
            <span class="muted">{age(ui.shown.now.value - Date.parse(since))}</span>
          </li>
        ))}
      </ul>
    </Part>
  );
}

function Tokens({ agent: { tokens, requests = 0, cost_usd: cost } }: { agent: Agent }) {
  if (!tokens) return null;
  const { input = 0, output = 0, cache_read: read = 0, cache_creation: written = 0 } = tokens;
  return (
    <Part title="Tokens">
      <Facts
        facts={[
          ["Requests", count(requests)],
          ["Input", compact(input)],
          ["Output", compact(output)],
          ["Cache read", compact(read)],
          ["Cache write", compact(written)],
          ["Cost", cost !== undefined && `$${cost.toFixed(2)}`],
        ]}
      />
    </Part>
  );
}

interface Events {
  readonly events: readonly EventFrame[];
}

/** What the log knows of it: the sizes of what it was asked, and its newest calls. */
function History({ ui, placed }: { ui: Ui; placed: Placed }) {
  const moving = useMemo(() => computed(() => !ui.paused.value), [ui]);
  const asking = useAnswer<Events>(`/events?${askedFor(placed)}`, SECONDS, moving);
  const calling = useAnswer<Events>(`/events?${calledBy(placed)}`, SECONDS, moving);
  return (
    <>
      <Part title="Asked">
        <Answered what="What it was asked" answer={asking}>
          {({ events }) => <Asked ui={ui} events={events} agent={placed.value} />}
        </Answered>
      </Part>
      <Part title="Newest tool calls">
        <Answered what="Its tool calls" answer={calling}>
          {({ events }) => <Calls ui={ui} rows={events.map(rowOf)} />}
        </Answered>
      </Part>
    </>
  );
}

/** The events of its session. */
function around(placed: Placed): string {
  return `project:${written(projectOf(placed))} session:${written(placed.value.session ?? "")}`;
}

function askedFor(placed: Placed): URLSearchParams {
  const { tool_use_id: call, agent_id: id } = placed.value;
  const what = id === "main" || !call ? "type:prompt" : "type:tool_use tool:Agent,Task phase:started";
  return new URLSearchParams({ q: `${what} ${around(placed)}`, limit: id === "main" ? "5" : "100" });
}

function calledBy(placed: Placed): URLSearchParams {
  const q = `type:tool_use -phase:started ${around(placed)} agent_id:${written(placed.value.agent_id ?? "main")}`;
  return new URLSearchParams({ q, limit: "60" });
}

function Asked({ ui, events, agent }: { ui: Ui; events: readonly EventFrame[]; agent: Agent }) {
  const found = asked(events, agent);
  if (found.length === 0) return <p class="muted">The log does not say.</p>;
  return (
    <ul class="plain-list">
      {found.map(({ seq, time, size, description }) => (
        <li key={seq} class="agent-call">
          <Pick ui={ui} sel={selOf("evt", seq)}>
            <span class="agent-what">{description || "A prompt"}</span>
          </Pick>
          <span class="muted">
            {size > 0 && `${bytes(size)} · `}
            {clock(time).slice(0, 8)}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Calls({ ui, rows }: { ui: Ui; rows: readonly Row[] }) {
  if (rows.length === 0) return <p class="muted">None has ended yet.</p>;
  return (
    <>
      <p class="agent-tools muted">
        {toolsOf(rows)
          .slice(0, 8)
          .map(([tool, calls]) => `${tool} ${calls}`)
          .join(" · ")}
      </p>
      <ul class="plain-list">
        {rows.slice(0, CALLS).map((row) => (
          <li key={row.seq} class="agent-call">
            <Pick ui={ui} sel={selOf("evt", row.seq)}>
              <span class={`agent-what ${row.tone}`}>{row.about}</span>
            </Pick>
            <span class="muted">{row.took === null ? "" : took(row.took)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
