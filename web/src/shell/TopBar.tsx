import type { Link } from "../socket";
import { count, took } from "../text";
import type { Ui } from "../ui";
import { Icon, Mark } from "../views/icons";

export function TopBar({ ui }: { ui: Ui }) {
  return (
    <header class="top">
      <a class="wordmark" href={ui.address.href({ view: null, sel: null })}>
        <Mark /> Lookout
      </a>
      <Pill ui={ui} />
      <Pace ui={ui} />
      <Pause ui={ui} />
    </header>
  );
}

function Pill({ ui }: { ui: Ui }) {
  const link = ui.link.value;
  const stopped = link.kind === "waiting" || link.kind === "refused";
  return (
    <div class={stopped ? "link down" : "link"} role="status">
      <span class={`pill ${toneOf(link, ui.paused.value)}`}>
        <Icon shape={link.kind === "live" && !ui.paused.value ? "dot" : stopped ? "rise" : "ring"} />
        <span class="words" title={stopped ? link.why : undefined}>
          {link.kind === "waiting" ? <Waiting link={link} ui={ui} /> : wordsFor(link, ui.paused.value)}
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

/** Only the seconds change every second, hence they are no part of what is announced. */
function Waiting({ link, ui }: { link: Link & { kind: "waiting" }; ui: Ui }) {
  const seconds = Math.max(0, Math.ceil((link.until - ui.now.value) / 1000));
  return (
    <>
      Reconnecting · try {link.attempt} <span aria-hidden="true">in {seconds} s</span>
    </>
  );
}

function wordsFor(link: Link, paused: boolean): string {
  if (link.kind === "refused") return `Not connected: ${link.why}`;
  if (link.kind === "live") return paused ? "Paused" : "Live";
  return link.kind === "connecting" && link.attempt > 0 ? "Reconnecting" : "Connecting";
}

function toneOf(link: Link, paused: boolean): string {
  if (link.kind === "live") return paused ? "warn" : "ok";
  if (link.kind === "refused") return "crit";
  return link.kind === "waiting" ? "warn" : "muted";
}

function Pace({ ui }: { ui: Ui }) {
  const { rate, lag } = ui.store;
  const perSecond = rate.perSecond(ui.now.value);
  return (
    <span class="pace">
      {perSecond > 0 && perSecond < 10 ? perSecond.toFixed(1) : count(perSecond)} ev/s
      {lag !== null && <span class="lag"> · lag {took(lag)}</span>}
    </span>
  );
}

/** WCAG 2.2.2: one button stops everything that moves; the store goes on. */
function Pause({ ui }: { ui: Ui }) {
  const paused = ui.paused.value;
  return (
    <button type="button" class="button pause" aria-pressed={paused} onClick={() => (ui.paused.value = !paused)}>
      {paused ? "Resume" : "Pause"}
    </button>
  );
}
