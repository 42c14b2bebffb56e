import { useEffect } from "preact/hooks";
import { isUsed } from "../state";
import { age, count } from "../text";
import type { Ui } from "../ui";
import { viewAndTab } from "../url";
import { viewNamed } from "../views";
import { Skeleton } from "../views/Guard";
import { Announcer } from "./Announcer";
import { FirstRun } from "./FirstRun";
import { Navigation } from "./Navigation";
import { Heading, Outlet } from "./Outlet";
import { TopBar } from "./TopBar";

export function Page({ ui }: { ui: Ui }) {
  return (
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <TopBar ui={ui} />
      <Navigation ui={ui} />
      <main class="main" id="main" tabIndex={-1}>
        <Heading ui={ui} />
        <Note ui={ui} />
        <Content ui={ui} />
      </main>
      <Announcer ui={ui} />
      <Title ui={ui} />
    </>
  );
}

function Title({ ui }: { ui: Ui }) {
  const [id] = viewAndTab(ui.address.place.value);
  const title = `${ui.paused.value ? "Paused · " : ""}${viewNamed(id).title} · Lookout`;
  useEffect(() => {
    document.title = title;
  }, [title]);
  return null;
}

/** Views of Lookout itself have something to show before anybody has sent an event. */
const OF_ITSELF = new Set(["system"]);

function Content({ ui }: { ui: Ui }) {
  ui.drawn.value;
  const [id] = viewAndTab(ui.address.place.value);
  const { used, state } = ui.store;
  if (OF_ITSELF.has(id) || used || isUsed(state)) return <Outlet ui={ui} />;
  return state === null ? <Skeleton /> : <FirstRun origin={location.origin} />;
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
