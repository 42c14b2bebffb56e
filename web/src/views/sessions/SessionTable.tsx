import { selOf } from "../../select";
import type { Entry, Session } from "../../state";
import { age, compact, count, plain } from "../../text";
import type { Ui } from "../../ui";
import { next, type Order, orderOf } from "../order";
import { Scroller } from "../Panel";
import { Pick } from "../Pick";
import { SortHead } from "../SortHead";
import { Status } from "../Status";
import { burnRate, forecast } from "./forecast";
import { Gauge } from "./Gauge";
import { sessionName } from "./naming";
import { COLUMNS, type Column } from "./sorting";
import { KIND_WORDS, partsOf, totalOf } from "./spent";
import { TokenBar } from "./TokenBar";

interface Props {
  ui: Ui;
  sessions: readonly Entry<Session>[];
}

const HEADS: readonly (readonly [Column, string])[] = [
  ["session", "Session"],
  ["status", "Status"],
  ["context", "Context"],
  ["forecast", "Forecast"],
  ["tokens", "Tokens"],
  ["cost", "Cost"],
  ["turns", "Turns"],
  ["compactions", "Compactions"],
];
const NUMBERS = new Set<Column>(["cost", "turns", "compactions"]);

export function SessionTable({ ui, sessions }: Props) {
  const order = orderOf(COLUMNS, ui.address.place.value.get("sort"));
  return (
    <>
      <SortBy ui={ui} order={order} />
      <Scroller label="List of sessions">
        <table class="table">
          <thead>
            <tr>
              {HEADS.map(([column, title]) => (
                <Head key={column} ui={ui} order={order} column={column} title={title} />
              ))}
            </tr>
          </thead>
          <tbody>
            {sessions.map((entry) => (
              <Line key={entry.id} ui={ui} entry={entry} />
            ))}
          </tbody>
        </table>
      </Scroller>
    </>
  );
}

interface HeadProps {
  ui: Ui;
  order: Order<Column>;
  column: Column;
  title: string;
}

function Head({ ui, order, column, title }: HeadProps) {
  const style = NUMBERS.has(column) ? `number ${column}` : column;
  const sort = () => ui.address.adjust({ sort: next(order, column), skip: null });
  return <SortHead order={order} column={column} title={title} class={style} onSort={sort} />;
}

/** In place of the heads, which cards do not have. */
function SortBy({ ui, order }: { ui: Ui; order: Order<Column> }) {
  return (
    <label class="sort-by">
      Sort by
      <select
        class="field"
        onChange={(event) => ui.address.adjust({ sort: event.currentTarget.value || null, skip: null })}
      >
        <option value="" selected={order.column === null}>
          Beginning
        </option>
        {HEADS.map(([column, title]) => (
          <option key={column} value={column} selected={order.column === column}>
            {title}
          </option>
        ))}
      </select>
    </label>
  );
}

function Line({ ui, entry: { id, key, value: session } }: { ui: Ui; entry: Entry<Session> }) {
  const now = ui.shown.now.value;
  const name = sessionName(session, key);
  const run = plain([session.model, session.agent].filter(Boolean).join(" · "));
  const of = session.title ? plain(session.cwd ?? "") : "";
  return (
    <tr>
      <th scope="row" class="session">
        <Pick ui={ui} sel={selOf("session", id)}>
          <span class="cut" title={name}>
            {name}
          </span>
        </Pick>
        <span class="second cut" title={[run, plain(session.cwd ?? "")].filter(Boolean).join(" · ")}>
          {[run || "model not told", of].filter(Boolean).join(" · ")}
        </span>
      </th>
      <td class="status-cell">
        <Status word={session.status ?? ""} />
        <span class="second">{statusNote(session, now)}</span>
      </td>
      <td class="context">
        <Gauge session={session} worded />
        <span class="second">{filled(session)}</span>
      </td>
      <td class="forecast">
        {burnRate(session, now) || <span class="muted">–</span>}
        <span class="second">{forecast(session, now)}</span>
      </td>
      <td class="tokens">
        <Tokens session={session} />
      </td>
      <td class="number cost">
        {session.cost_usd === undefined ? <span class="muted">–</span> : `$${session.cost_usd.toFixed(2)}`}
        <span class="second">{sourceWords(session.cost_source)}</span>
      </td>
      <td class="number turns">
        {count(session.turns ?? 0)}
        <span class="unit"> {session.turns === 1 ? "turn" : "turns"}</span>
        <span class="second">
          {count(session.prompts ?? 0)} {session.prompts === 1 ? "prompt" : "prompts"}
        </span>
      </td>
      <td class="number compactions">
        {count(session.compactions ?? 0)}
        <span class="unit"> {session.compactions === 1 ? "compaction" : "compactions"}</span>
        <span class="second">{session.compacted && `${age(now - Date.parse(session.compacted))} ago`}</span>
      </td>
    </tr>
  );
}

/** Since when it waits, or when it was heard of last. */
function statusNote({ status, waiting, last_seen = "" }: Session, now: number): string {
  if (status === "waiting" && waiting) return `for ${age(now - Date.parse(waiting.since))}`;
  const seen = Date.parse(last_seen);
  return Number.isNaN(seen) ? "" : `${age(now - seen)} ago`;
}

function filled({ token_usage, context_window, context_source }: Session): string {
  if (context_window === undefined) return context_source ? "window not told" : "not told";
  const tokens = token_usage === undefined ? "–" : compact(token_usage);
  return `${tokens} of ${compact(context_window)}`;
}

/** Whether a number was told by the client or summed up from its requests. */
export function sourceWords(source: Session["cost_source"]): string {
  if (source === "reported") return "reported";
  return source === "model_requests" ? "by requests" : "";
}

function Tokens({ session: { tokens } }: { session: Session }) {
  const parts = partsOf(tokens);
  if (parts.length === 0) return <span class="muted">–</span>;
  return (
    <>
      <span class="tokens-line">
        <b>{compact(totalOf(tokens))}</b>
        <TokenBar spent={tokens} />
      </span>
      <span class="second kinds">
        {parts.map(({ kind, tokens: number, percent }) => (
          <span key={kind} class="kind" title={`${percent.toFixed(1)} %`}>
            <i class={`token-key ${kind}`} aria-hidden="true" />
            {KIND_WORDS[kind]} {count(number)}
          </span>
        ))}
      </span>
    </>
  );
}
