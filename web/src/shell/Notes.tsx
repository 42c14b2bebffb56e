import type { CaughtUp } from "../store";
import { age, clock, count } from "../text";
import type { Ui } from "../ui";
import { isBehind } from "./behind";

const NOTED = 10_000;
const LONG = 30_000;

/** What the reader must know of the whole page, above whichever view it is. */
export function Notes({ ui }: { ui: Ui }) {
  return (
    <>
      <Updated ui={ui} />
      <Lateness ui={ui} />
    </>
  );
}

function Updated({ ui }: { ui: Ui }) {
  if (!ui.updated.value) return null;
  return (
    <div class="banner" role="status">
      <p>Lookout was updated: this page is of the version before.</p>
      <button type="button" class="button" onClick={() => location.reload()}>
        Reload
      </button>
    </div>
  );
}

/** Whether what is shown is old, or after an interruption whether anything is missing. */
function Lateness({ ui }: { ui: Ui }) {
  const now = ui.now.value;
  const { caughtUp, heard, opened } = ui.store;
  if (ui.link.value.kind === "resting") {
    return <p class="note-line warn">Nobody saw this page: it is as it was {age(now - heard)} ago, and catches up.</p>;
  }
  if (ui.link.value.kind !== "live" && now - (heard || opened) > LONG) return <Offline ui={ui} />;
  if (ui.link.value.kind !== "live" && heard > 0) {
    return <p class="note-line warn">Not connected: this is as it was {age(now - heard)} ago.</p>;
  }
  if (isBehind(ui.store, now)) {
    return <p class="note-line warn">Events come late: what is shown is {age(ui.store.lag ?? 0)} old.</p>;
  }
  if (!caughtUp || now - caughtUp.at > NOTED) return null;
  return <p class={caughtUp.missing > 0 ? "note-line warn" : "note-line ok"}>{backWords(caughtUp)}</p>;
}

function backWords({ events, missing, skipped }: CaughtUp): string {
  if (missing > 0) return `Back. ${count(missing)} events are no longer kept.`;
  if (skipped === 0) return `Back. ${count(events)} events caught up, none lost.`;
  return `Back. Of ${count(events + skipped)} events the newest ${count(events)} are in the list, all in the history.`;
}

function Offline({ ui }: { ui: Ui }) {
  const { heard } = ui.store;
  const link = ui.link.value;
  const why = link.kind === "waiting" || link.kind === "refused" ? ` (${link.why})` : "";
  return (
    <div class="banner" role="status">
      <p>
        Lookout does not answer{why}.{" "}
        {heard > 0
          ? `All of this is as it was at ${clock(heard).slice(0, 8)}; nothing is lost, it catches up when it is back.`
          : "Is it running? `make up` starts it."}
      </p>
      <button type="button" class="button" onClick={() => ui.socket.connect()}>
        Retry now
      </button>
    </div>
  );
}
