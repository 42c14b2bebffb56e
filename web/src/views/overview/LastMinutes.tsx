import { useSignal } from "@preact/signals";
import { Lanes } from "../../charts/Lanes";
import type { Chosen } from "../../charts/lanes";
import { useLanes } from "../../charts/use-lanes";
import { selOf } from "../../select";
import type { Ui } from "../../ui";
import { useTurns } from "../../use-turns";
import { Failure } from "../Guard";
import { Panel } from "../Panel";

const APART = 500;
const SPAN = 5 * 60_000;
const LOOK = { span: SPAN, to: null };
const WISHES = { collapseIdle: true, errorsOnly: false };

/** What the agents did in the last five minutes; to look closer there are the lanes of the agents' own view. */
export function LastMinutes({ ui: live }: { ui: Ui }) {
  const ui = useTurns(live, APART);
  const now = ui.shown.now.value;
  const { rows, error, retry } = useLanes(ui, now - SPAN);
  const chosen = useSignal<Chosen | null>(null);
  const crosshair = useSignal<number | null>(null);
  return (
    <Panel
      name="lately"
      title="Last five minutes"
      note={
        <a class="panel-link" href={ui.address.href({ view: "agents.lanes" })}>
          Lanes
        </a>
      }
    >
      {error && <Failure what="What the agents did earlier" why={error} retry={retry} />}
      <Lanes
        rows={rows}
        now={now}
        look={LOOK}
        onLook={() => ui.address.go({ view: "agents.lanes" })}
        wishes={WISHES}
        chosen={chosen.value}
        onChoose={(next) => {
          chosen.value = next;
        }}
        onOpen={({ kind, id }, bar) => {
          if (bar && bar.span.seq > 0) ui.select(selOf("evt", bar.span.seq));
          else if (kind === "agent") ui.select(selOf("agent", id));
        }}
        crosshair={crosshair}
        narrow={true}
        empty="Nobody has done anything for five minutes."
      />
    </Panel>
  );
}
