import { isUsed } from "../state";
import { age, count } from "../text";
import type { Ui } from "../ui";
import { Agents } from "./Agents";
import { Announcer } from "./Announcer";
import { Events } from "./Events";
import { Files } from "./Files";
import { FirstRun } from "./FirstRun";
import { Sessions } from "./Sessions";
import { TopBar } from "./TopBar";

export function Page({ ui }: { ui: Ui }) {
  return (
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <TopBar ui={ui} />
      <main class="main" id="main" tabIndex={-1}>
        <Note ui={ui} />
        <Content ui={ui} />
      </main>
      <Announcer ui={ui} />
    </>
  );
}

function Content({ ui }: { ui: Ui }) {
  ui.drawn.value;
  const { used, state } = ui.store;
  if (state === null && !used) return null;
  if (!used && !isUsed(state)) return <FirstRun origin={location.origin} />;
  return (
    <div class="panels">
      <Agents ui={ui} />
      <Sessions ui={ui} />
      <Events ui={ui} />
      <Files ui={ui} />
    </div>
  );
}

const NOTED = 10_000;

/** Whether what is shown is old, or after an interruption whether anything is missing. */
function Note({ ui }: { ui: Ui }) {
  ui.drawn.value;
  const now = ui.now.value;
  const { caughtUp, heard } = ui.store;
  if (ui.link.value.kind !== "live" && heard > 0) {
    return <p class="note-line warn">Not connected: this is as it was {age(now - heard)} ago.</p>;
  }
  if (!caughtUp || now - caughtUp.at > NOTED) return null;
  if (caughtUp.missing > 0) {
    return <p class="note-line warn">Back. {count(caughtUp.missing)} events are no longer kept.</p>;
  }
  return <p class="note-line ok">Back. {count(caughtUp.events)} events caught up, none lost.</p>;
}
