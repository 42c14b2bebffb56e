import { useComputed, useSignal } from "@preact/signals";
import { age, count } from "../../text";
import type { Ui } from "../../ui";
import { useTurns } from "../../use-turns";
import { Icon, type Shape } from "../icons";
import { Panel } from "../Panel";
import { Pick } from "../Pick";
import { attentionOf, type Notice, type Severity } from "./attention";
import { useLoops } from "./confirm";
import type { Watch } from "./watch";

const APART = 500;
const SHOWN = 30;
const SHOWN_FIRST = 6;

const SEVERITIES: { readonly [severity in Severity]: readonly [shape: Shape, tone: string, word: string] } = {
  critical: ["critical", "crit", "Critical"],
  high: ["high", "high", "High"],
  elevated: ["rise", "warn", "Elevated"],
};

/** What a human should look at, the worst first. */
export function Attention({ ui: live, watch }: { ui: Ui; watch: Watch }) {
  const ui = useTurns(live, APART);
  const loops = useLoops(ui, watch);
  const notices = useComputed(() => {
    const [now, state] = [ui.shown.now.value, ui.shown.state.value];
    return attentionOf(state, loops.value, watch.read().failing.found(now), now);
  });
  const whole = useSignal(false);
  const all = notices.value;
  const shown = ui.narrow.value && !whole.value ? SHOWN_FIRST : SHOWN;
  return (
    <Panel name="attention" title="Needs attention" note={noteOf(all)}>
      {all.length === 0 ? (
        <p class="attention-none">
          <span class="ok">
            <Icon shape="check" />
          </span>
          Nothing needs you: no context is filling up, nobody waits, stalls, loops or fails, no file has two writers.
        </p>
      ) : (
        <section class="scroller" tabIndex={0} aria-label="What needs attention, the worst first">
          <ul class="notices">
            {all.slice(0, shown).map((notice) => (
              <Line key={notice.id} ui={ui} notice={notice} />
            ))}
          </ul>
          {shown === SHOWN_FIRST && all.length > SHOWN_FIRST && (
            <button type="button" class="button notices-more" onClick={() => (whole.value = true)}>
              Show all {count(all.length)}
            </button>
          )}
        </section>
      )}
    </Panel>
  );
}

function noteOf(all: readonly Notice[]): string {
  const counts = Object.entries(SEVERITIES).map(([severity, [, , word]]) => {
    const number = all.filter((notice) => notice.severity === severity).length;
    return number > 0 ? `${count(number)} ${word.toLowerCase()}` : "";
  });
  const shown = all.length > SHOWN ? [`showing ${SHOWN} of ${count(all.length)}`] : [];
  return [...counts, ...shown].filter(Boolean).join(" · ");
}

function Line({ ui, notice }: { ui: Ui; notice: Notice }) {
  const { severity, kind, who, of, sel, what, figure, since, place, where } = notice;
  const [shape, tone, word] = SEVERITIES[severity];
  const lasted = since === null ? "" : age(ui.shown.now.value - since);
  return (
    <li class="notice">
      <span class={`notice-level ${tone}`}>
        <Icon shape={shape} />
        {word}
      </span>
      <span class="notice-kind">{kind}</span>
      <span class="notice-who" title={[who, of].filter(Boolean).join(" · ")}>
        <Pick ui={ui} sel={sel}>
          <span class="cut">{who}</span>
        </Pick>
        {of && <span class="notice-of cut">{of}</span>}
      </span>
      <span class="notice-what" title={what}>
        {what}
      </span>
      <span class={`notice-figure ${tone}`}>{[figure, lasted].filter(Boolean).join(" · ")}</span>
      <a class="notice-open" href={ui.address.href(place)}>
        {where}
        <span class="unseen">
          {" "}
          with {who}: {kind}
        </span>
      </a>
    </li>
  );
}
