import { type Entry, type Session, sessionsOf } from "../../state";
import { count, percent, plain, shortId } from "../../text";
import type { Ui } from "../../ui";
import { Guard } from "../Guard";
import { Icon, type Shape } from "../icons";
import { Empty, Panel, Scroller } from "../Panel";
import { Status } from "../Status";

const SHOWN = 50;

export function Sessions({ ui }: { ui: Ui }) {
  return (
    <Guard what="The sessions">
      <SessionsPanel ui={ui} />
    </Guard>
  );
}

function SessionsPanel({ ui }: { ui: Ui }) {
  const sessions = sessionsOf(ui.shown.state.value);
  return (
    <Panel name="sessions" title="Sessions" note={sessions.length > 0 ? count(sessions.length) : ""}>
      {sessions.length === 0 ? (
        <Empty>No session has been seen yet.</Empty>
      ) : (
        <Table sessions={sessions.slice(0, SHOWN)} />
      )}
    </Panel>
  );
}

function Table({ sessions }: { sessions: readonly Entry<Session>[] }) {
  return (
    <Scroller label="List of sessions">
      <table class="table">
        <thead>
          <tr>
            <th scope="col">Session</th>
            <th scope="col">Status</th>
            <th scope="col">Context</th>
            <th scope="col" class="number">
              Tokens
            </th>
          </tr>
        </thead>
        <tbody>
          {sessions.map(({ id, key, value: session }) => (
            <tr key={id}>
              <th scope="row" class="wide" title={plain(session.title || key)}>
                {plain(session.title ?? "") || shortId(plain(key))}
              </th>
              <td>
                <Status word={session.status ?? ""} />
              </td>
              <td>
                <Context session={session} />
              </td>
              <td class="number">{session.token_usage === undefined ? "–" : count(session.token_usage)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}

const LEVELS = new Map<string, readonly [Shape, string]>([
  ["normal", ["dot", "ok"]],
  ["elevated", ["rise", "warn"]],
  ["high", ["high", "high"]],
  ["critical", ["critical", "crit"]],
]);

/** How full the context window is; the server says from where on that is worth a word. */
function Context({ session: { context_percentage: fraction, context_level: level = "normal" } }: { session: Session }) {
  if (fraction === undefined) return <span class="muted">–</span>;
  const [shape, tone] = LEVELS.get(level) ?? ["dot", "ok"];
  return (
    <span class={`context ${tone}`} title={level}>
      <span class="gauge">
        <span class="fill" style={{ width: `${Math.min(fraction, 1) * 100}%` }} />
      </span>
      <Icon shape={shape} />
      {percent(fraction)}
      <span class="unseen"> {level}</span>
    </span>
  );
}
