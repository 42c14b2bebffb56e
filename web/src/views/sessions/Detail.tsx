import "./detail.css";
import { useComputed } from "@preact/signals";
import { useAnswer } from "../../answer";
import type { AgentRow, File } from "../../contract";
import type { EventFrame } from "../../protocol";
import { written } from "../../query/edit";
import { type Row, rowOf } from "../../rows";
import { selOf } from "../../select";
import { agentsOf, beside, type Placed, projectOf, type Session, sessionsOf } from "../../state";
import { age, clock, count, plain, shortened, took } from "../../text";
import type { Ui } from "../../ui";
import { Answered } from "../Answered";
import { CopyButton } from "../CopyButton";
import { folded } from "../events/listing";
import { Facts, Part } from "../Facts";
import { Icon, type Shape } from "../icons";
import { Name } from "../Name";
import { Empty } from "../Panel";
import { Pick } from "../Pick";
import { Status } from "../Status";
import { ContextChart } from "./ContextChart";
import { burnRate, forecast } from "./forecast";
import { Gauge } from "./Gauge";
import { type Milestone, milestonesOf, TELLING } from "./milestones";
import { sessionName } from "./naming";
import { sourceWords } from "./SessionTable";
import { totalOf } from "./spent";
import { TokenBar, TokenTable } from "./TokenBar";

const SECONDS = 5;
const AGENTS = 40;
const FILES = 15;
const CALLS = 15;
const MILESTONES = 40;

interface Whole {
  readonly agents: readonly AgentRow[];
  readonly files: readonly (File & { readonly project: string })[];
  readonly tools: readonly EventFrame[];
}

interface Page {
  readonly events: readonly EventFrame[];
}

interface Props {
  ui: Ui;
  id: string;
}

/** All of one session, the most pressing first. */
export function SessionDetail({ ui, id }: Props) {
  const state = ui.shown.state.value;
  const entry = sessionsOf(state).find((each) => each.id === id);
  const known = useComputed(() => sessionsOf(ui.shown.state.value).some((each) => each.id === id));
  const asking = useComputed(() => !ui.paused.value && known.value);
  const [project, key] = entry ? [projectOf(entry), entry.key] : partsOf(id);
  const q = `${around(project, key)} type:${TELLING.join(",")}`;
  const history = useAnswer<Page>(`/events?${new URLSearchParams({ q, limit: "200" })}`, SECONDS, asking);
  const whole = useAnswer<Whole>(
    `/sessions/${encodeURIComponent(key)}?${new URLSearchParams({ project })}`,
    SECONDS,
    asking,
  );
  const href = ui.address.href({ view: "events", q: around(project, key), range: null });
  if (!entry) return <Gone href={href} />;
  const session = entry.value;
  const agents = agentsOf(state).filter((agent) => beside(agent, agent.value.session ?? "") === id);
  const rows = history.value?.events.map(rowOf) ?? [];
  return (
    <div class="session-detail">
      <Head ui={ui} id={key} session={session} href={href} />
      <Context ui={ui} session={session} rows={rows} />
      <Spending session={session} />
      <Agents ui={ui} agents={agents} />
      <Part title="History">
        <Answered what="The history" answer={history}>
          {() => <History ui={ui} milestones={milestonesOf(rows)} />}
        </Answered>
      </Part>
      <Answered what="The files and tool calls" answer={whole}>
        {({ files, tools }) => (
          <>
            <Files ui={ui} files={files} />
            <Calls ui={ui} rows={folded(tools.map(rowOf))} />
          </>
        )}
      </Answered>
    </div>
  );
}

/** A project and a session, as well as they can be told of one that is not there. */
function partsOf(id: string): readonly [project: string, key: string] {
  const slash = id.indexOf("/");
  return [id.slice(0, Math.max(0, slash)), id.slice(slash + 1)];
}

function around(project: string, key: string): string {
  return `${project ? `project:${written(project)} ` : ""}session:${written(key)}`;
}

function Gone({ href }: { href: string }) {
  return (
    <Empty>
      This session is no longer in the state; its events may still be there.{" "}
      <a class="session-link" href={href}>
        Look for them
      </a>
    </Empty>
  );
}

function Head({ ui, id, session, href }: Props & { session: Session; href: string }) {
  const now = ui.shown.now.value;
  const { waiting, started = "", ended } = session;
  const until = Date.parse(ended ?? "") || now;
  return (
    <>
      <p class="session-head">
        <strong>{sessionName(session, id)}</strong>
        <Status word={session.status ?? ""} />
      </p>
      {waiting && (
        <p class="session-waits warn">
          Waits for you, {age(now - Date.parse(waiting.since))}:{" "}
          {plain([waiting.reason, waiting.tool, waiting.summary].filter(Boolean).join(" "))}
        </p>
      )}
      <Facts
        facts={[
          ["Model", plain(session.model ?? "")],
          ["Folder", plain(session.cwd ?? "")],
          ["Client", plain([session.source, session.host].filter(Boolean).join(" on "))],
          ["Lasted", started && `${age(until - Date.parse(started))}, since ${clock(Date.parse(started)).slice(0, 8)}`],
          ["Turns", `${count(session.turns ?? 0)} of ${count(session.prompts ?? 0)} prompts`],
          ["Ended", ended && plain(session.reason ?? "") ? `by ${plain(session.reason ?? "")}` : ""],
        ]}
      />
      <p class="session-links">
        <a class="session-link" href={href}>
          {count(session.events ?? 0)} events
        </a>
        <CopyButton text={() => id} of="the session's id">
          Copy id
        </CopyButton>
      </p>
    </>
  );
}

function Context({ ui, session, rows }: { ui: Ui; session: Session; rows: readonly Row[] }) {
  const now = ui.shown.now.value;
  const compacted = rows.filter(({ type, word }) => type === "compaction" && word === "finished");
  const known = [...compacted.map(({ time }) => time), Date.parse(session.compacted ?? "")];
  return (
    <Part title="Context">
      <p class="session-gauge">
        <Gauge session={session} worded />
      </p>
      <ContextChart session={session} compacted={apart(known)} now={now} />
      <Facts
        facts={[
          ["Tokens in it", session.context_window !== undefined && inWindow(session)],
          ["Told by", sourceWords(session.context_source)],
          ["Fills at", burnRate(session, now)],
          ["Forecast", forecast(session, now)],
          ["Compactions", compactions(session, now)],
        ]}
      />
    </Part>
  );
}

const SAME = 2000;

/** The state and the history tell the same compaction at times that differ a little. */
function apart(times: readonly number[]): number[] {
  const known = times.filter((time) => !Number.isNaN(time)).sort((one, other) => one - other);
  return known.filter((time, index) => index === 0 || time - (known[index - 1] ?? 0) > SAME);
}

function inWindow({ token_usage, context_window = 0 }: Session): string {
  return `${token_usage === undefined ? "–" : count(token_usage)} of ${count(context_window)}`;
}

function compactions({ compactions = 0, compacted }: Session, now: number): string {
  return compacted ? `${count(compactions)}, the last ${age(now - Date.parse(compacted))} ago` : count(compactions);
}

function Spending({ session }: { session: Session }) {
  const { tokens, tokens_source, cost_usd, cost_source } = session;
  if (totalOf(tokens) === 0 && cost_usd === undefined) return null;
  return (
    <Part title="Tokens and cost">
      {totalOf(tokens) > 0 && (
        <>
          <TokenBar spent={tokens} />
          <TokenTable spent={tokens} />
        </>
      )}
      <Facts
        facts={[
          ["Tokens", totalOf(tokens) > 0 && `${count(totalOf(tokens))}, ${sourceWords(tokens_source)}`],
          ["Cost", cost_usd !== undefined && `$${cost_usd.toFixed(4)}, ${sourceWords(cost_source)}`],
        ]}
      />
    </Part>
  );
}

function Agents({ ui, agents }: { ui: Ui; agents: readonly Placed[] }) {
  if (agents.length === 0) return null;
  return (
    <Part title={`Agents, ${count(agents.length)}`}>
      <ul class="plain-list session-agents">
        {agents.slice(0, AGENTS).map(({ id, value, depth }) => (
          <li key={id} class={`depth-${Math.min(depth, 4)}`}>
            <Pick ui={ui} sel={selOf("agent", id)}>
              <Name of={value.name ?? ""} />
            </Pick>
            <Status word={value.status ?? ""} />
          </li>
        ))}
      </ul>
      {agents.length > AGENTS && <p class="muted">and {count(agents.length - AGENTS)} more</p>}
    </Part>
  );
}

const SIGNS: { readonly [kind in Milestone["kind"]]: readonly [shape: Shape, tone: string, word: string] } = {
  prompt: ["dot", "accent", "Prompt"],
  turn: ["ring", "muted", "Turn"],
  agent: ["ring", "muted", "Called"],
  compaction: ["down", "muted", "Compacted"],
  wait: ["square", "warn", "Waited"],
  session: ["ring", "muted", "Session"],
};

function History({ ui, milestones }: { ui: Ui; milestones: readonly Milestone[] }) {
  if (milestones.length === 0) return <p class="muted">No prompt, turn, call or compaction yet.</p>;
  return (
    <ol class="plain-list milestones">
      {milestones.slice(0, MILESTONES).map((milestone) => (
        <MilestoneLine key={milestone.seq} ui={ui} milestone={milestone} />
      ))}
    </ol>
  );
}

function MilestoneLine({ ui, milestone }: { ui: Ui; milestone: Milestone }) {
  const { seq, time, kind, who, what, took: lasted, failed } = milestone;
  const [shape, tone, word] = SIGNS[kind];
  const said = [kind === "agent" ? plain(who) : "", what].filter(Boolean).join(", ");
  return (
    <li>
      <span class="muted">{Number.isNaN(time) ? "–" : clock(time).slice(0, 8)}</span>
      <span class={`milestone ${failed ? "crit" : tone}`}>
        <Icon shape={failed ? "cross" : shape} />
        <Pick ui={ui} sel={selOf("evt", seq)}>
          {failed ? `${word}, failed` : word}
        </Pick>
      </span>
      <span class="milestone-what" title={said}>
        {said}
      </span>
      <span class="number muted">{lasted === null ? "" : took(Math.round(lasted))}</span>
    </li>
  );
}

function Files({ ui, files }: { ui: Ui; files: Whole["files"] }) {
  if (files.length === 0) return null;
  return (
    <Part title={`Files, ${count(files.length)}`}>
      <ul class="plain-list session-files">
        {files.slice(0, FILES).map(({ project, path, reads, edits, writes }) => (
          <li key={path}>
            <Pick ui={ui} sel={selOf("file", `${project}/${path}`)}>
              <span class="session-path" title={plain(path)}>
                {plain(path).split("/").slice(-2).join("/")}
              </span>
            </Pick>
            <span class="muted">
              R {count(reads)} E {count(edits)} W {count(writes)}
            </span>
          </li>
        ))}
      </ul>
      {files.length > FILES && <p class="muted">and {count(files.length - FILES)} more</p>}
    </Part>
  );
}

function Calls({ ui, rows }: { ui: Ui; rows: readonly Row[] }) {
  if (rows.length === 0) return null;
  return (
    <Part title="Newest tool calls">
      <ol class="plain-list session-calls">
        {rows.slice(0, CALLS).map((row) => (
          <li key={row.seq}>
            <span class="muted">{Number.isNaN(row.time) ? "–" : clock(row.time).slice(0, 8)}</span>
            <Pick ui={ui} sel={selOf("evt", row.seq)}>
              <span class={`session-path ${row.tone}`} title={row.about}>
                {shortened(row.about, 80)}
              </span>
            </Pick>
            <span class="number muted">{row.took === null ? "" : took(row.took)}</span>
          </li>
        ))}
      </ol>
    </Part>
  );
}
