import { useComputed } from "@preact/signals";
import type { Row } from "../../rows";
import { selOf } from "../../select";
import { clock } from "../../text";
import type { Ui } from "../../ui";
import { useTurns } from "../../use-turns";
import { Icon, type Shape } from "../icons";
import { Name } from "../Name";
import { Empty, Panel, Scroller } from "../Panel";
import { Pick } from "../Pick";
import type { Watch } from "./watch";

const APART = 250;
const SHOWN = 30;

/** Failures, denials, waits, compactions, and subagents coming and going, newest first. */
export function Notable({ ui: live, watch }: { ui: Ui; watch: Watch }) {
  const ui = useTurns(live, APART);
  const notable = useComputed(() => {
    ui.shown.rows.value;
    return watch.read().notables.rows;
  });
  const rows = notable.value.slice(0, SHOWN);
  return (
    <Panel
      name="notable"
      title="Notable events"
      note={
        <a class="panel-link" href={ui.address.href({ view: "events" })}>
          All events
        </a>
      }
    >
      {rows.length === 0 ? (
        <Empty>No failure, denial, wait or compaction yet, and no subagent has come or gone.</Empty>
      ) : (
        <Scroller label="Notable events, newest first">
          <ol class="notables">
            {rows.map((row) => (
              <Line key={row.seq} ui={ui} row={row} />
            ))}
          </ol>
        </Scroller>
      )}
    </Panel>
  );
}

function Line({ ui, row }: { ui: Ui; row: Row }) {
  const [shape, tone] = signOf(row);
  return (
    <li class="notable-line">
      <span class="muted">{Number.isNaN(row.time) ? "–" : clock(row.time).slice(0, 8)}</span>
      <span class={`notable-type ${tone}`}>
        <Icon shape={shape} />
        <Pick ui={ui} sel={selOf("evt", row.seq)}>
          {wordOf(row)}
        </Pick>
      </span>
      <span class="notable-who">{row.agent && <Name of={row.agent} />}</span>
      <span class="notable-about" title={row.about}>
        {aboutOf(row)}
      </span>
    </li>
  );
}

function signOf({ level, word, type }: Row): readonly [Shape, string] {
  if (level === 3) return ["cross", "crit"];
  if (level === 2) return ["rise", "warn"];
  if (type === "compaction") return ["down", "muted"];
  return [word === "invoked" ? "ring" : "check", "muted"];
}

/** `tool failed`, `permission request`. */
function wordOf({ type, word }: Row): string {
  const name = type.replace(/_(use|activity|update)$/, "").replaceAll("_", " ");
  return type === "notification" || word === "" ? name : `${name} ${word}`;
}

/** What the word before it has not said already. */
function aboutOf({ type, agent, word, about }: Row): string {
  if (type === "agent_activity" && about.startsWith(agent)) return about.slice(agent.length).replace(word, "").trim();
  return word === "" ? about : about.replace(word, "").trim();
}
