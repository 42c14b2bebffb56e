import type { Link } from "../socket";
import { age, count, took } from "../text";
import type { Ui } from "../ui";
import { Icon, type Shape } from "../views/icons";
import { utc } from "../zone";
import { isBehind } from "./behind";

/** Whether what is shown is live, how much comes, and how late. */
export function Connection({ ui }: { ui: Ui }) {
  return (
    <>
      <Pill ui={ui} />
      <Pace ui={ui} />
    </>
  );
}

interface Words {
  readonly tone: string;
  readonly shape: Shape;
  readonly text: string;
}

function wordsFor(link: Link, paused: boolean, behind: number): Words {
  if (link.kind === "refused") return { tone: "crit", shape: "rise", text: `Not connected: ${link.why}` };
  if (link.kind === "waiting") return { tone: "warn", shape: "rise", text: `Reconnecting · try ${link.attempt}` };
  if (link.kind === "connecting") {
    return { tone: "muted", shape: "ring", text: link.attempt > 0 ? "Reconnecting" : "Connecting" };
  }
  if (link.kind === "resting") return { tone: "muted", shape: "ring", text: "Catching up" };
  if (paused) return { tone: "warn", shape: "ring", text: "Paused" };
  return behind > 0
    ? { tone: "warn", shape: "rise", text: `Behind by ${age(behind)}` }
    : { tone: "ok", shape: "dot", text: "Live" };
}

function Pill({ ui }: { ui: Ui }) {
  const link = ui.link.value;
  const stopped = link.kind === "waiting" || link.kind === "refused";
  const { tone, shape, text } = wordsFor(link, ui.paused.value, behindNow(ui));
  return (
    <div class={stopped ? "link down" : "link"} role="status">
      <span class={`pill ${tone}`}>
        <Icon shape={shape} />
        <span class="words" title={stopped ? link.why : undefined}>
          {text}
          {link.kind === "waiting" && <Seconds ui={ui} until={link.until} />}
        </span>
      </span>
      {stopped && (
        <button type="button" class="button" onClick={() => ui.socket.connect()}>
          Retry now
        </button>
      )}
    </div>
  );
}

/** Apart, for what changes every second is not to be announced every second. */
function Seconds({ ui, until }: { ui: Ui; until: number }) {
  const seconds = Math.max(0, Math.ceil((until - ui.now.value) / 1000));
  return <span aria-hidden="true"> in {seconds} s</span>;
}

/** Milliseconds; 0 where the page keeps up. */
function behindNow({ store, now }: Ui): number {
  return isBehind(store, now.value) ? (store.lag ?? 0) : 0;
}

function Pace({ ui }: { ui: Ui }) {
  const { rate, lag } = ui.store;
  const perSecond = rate.perSecond(ui.now.value);
  return (
    <span class="pace">
      <span class="rate">{perSecond > 0 && perSecond < 10 ? perSecond.toFixed(1) : count(perSecond)} ev/s</span>
      {lag !== null && <span class="lag"> · lag {took(lag)}</span>}
      {utc.value && <span class="zone">UTC</span>}
    </span>
  );
}
