import type { Ui } from "../ui";
import { viewAndTab } from "../url";
import { viewNamed } from "../views";
import { Mark } from "../views/icons";
import { who } from "../who";
import { Connection } from "./Connection";
import { turnTheme } from "./commands";
import { Keys } from "./Keys";
import { Loaded } from "./Outlet";
import { Projects } from "./Projects";
import { Sign } from "./signs";

export function TopBar({ ui }: { ui: Ui }) {
  return (
    <header class="top">
      <a class="wordmark" href={ui.address.href({ view: null, sel: null })}>
        <Mark /> <span>Lookout</span>
      </a>
      <Projects ui={ui} />
      <Connection ui={ui} />
      <QuerySlot ui={ui} />
      <div class="tools">
        <PaletteButton ui={ui} />
        <Pause ui={ui} />
        <ThemeButton ui={ui} />
        <Account />
      </div>
    </header>
  );
}

const loadQuery = () => import("./Query").then(({ Query }) => Query);

/** On a phone there is room for it only where it is of use. */
function QuerySlot({ ui }: { ui: Ui }) {
  const place = ui.address.place.value;
  const [view] = viewAndTab(place);
  const needed = viewNamed(view).queries || place.has("q");
  return (
    <div class={needed ? "query-slot" : "query-slot less"}>
      <Loaded what="The filter" load={loadQuery}>
        {(Query) => <Query ui={ui} />}
      </Loaded>
    </div>
  );
}

function PaletteButton({ ui }: { ui: Ui }) {
  return (
    <button type="button" class="button" onClick={() => (ui.layer.value = "palette")}>
      <Sign name="search" />
      <span class="unseen">Search commands</span>
      <span class="wide-only">
        <Keys keys="Mod+k" />
      </span>
    </button>
  );
}

/** WCAG 2.2.2: one button stops everything that moves; the store goes on. */
function Pause({ ui }: { ui: Ui }) {
  const paused = ui.paused.value;
  return (
    <button type="button" class="button" aria-pressed={paused} onClick={() => (ui.paused.value = !paused)}>
      <Sign name={paused ? "play" : "pause"} />
      <span class="words-of-button">{paused ? "Resume" : "Pause"}</span>
    </button>
  );
}

function ThemeButton({ ui }: { ui: Ui }) {
  const other = ui.dark.value ? "Light colours" : "Dark colours";
  return (
    <button type="button" class="button less" aria-label={other} title={other} onClick={() => turnTheme(ui)}>
      <Sign name="theme" />
    </button>
  );
}

/** A page of its own, which the API makes. */
function Account() {
  if (who.value === null) return null;
  return (
    <a class="button" href="/account" title={`Signed in as ${who.value}`}>
      <Sign name="account" />
      <span class="unseen">Account of {who.value}</span>
    </a>
  );
}
