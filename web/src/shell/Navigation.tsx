import type { Ui } from "../ui";
import { viewAndTab } from "../url";
import { VIEWS, type View, viewNamed } from "../views";
import { isSign, Sign } from "./signs";

/** On the left of a wide window, below the bar of a narrower one, and on a phone tabs at the bottom. */
export function Navigation({ ui }: { ui: Ui }) {
  const [id] = viewAndTab(ui.address.place.value);
  const current = viewNamed(id);
  return (
    <nav class="nav" aria-label="Views">
      {VIEWS.map((view) => (
        <Tab key={view.id} ui={ui} view={view} current={view === current} />
      ))}
      <button
        type="button"
        class={current.tab ? "tab more-tab" : "tab more-tab current"}
        aria-haspopup="dialog"
        onClick={() => (ui.layer.value = "more")}
      >
        <Sign name="more" />
        <span class="tab-title">More</span>
      </button>
      <div class="nav-foot">
        <button type="button" class="tab" onClick={() => (ui.layer.value = "settings")}>
          <Sign name="settings" />
          <span class="tab-title">Settings</span>
          <KeysOf ui={ui} keys="," />
        </button>
        <button type="button" class="tab" onClick={() => (ui.layer.value = "help")}>
          <Sign name="keys" />
          <span class="tab-title">Keys</span>
          <KeysOf ui={ui} keys="?" />
        </button>
      </div>
    </nav>
  );
}

function Tab({ ui, view, current }: { ui: Ui; view: View; current: boolean }) {
  return (
    <a
      class={view.tab ? "tab" : "tab less"}
      href={ui.address.href({ view: view.id, sel: null })}
      aria-current={current ? "page" : undefined}
    >
      {isSign(view.id) && <Sign name={view.id} />}
      <span class="tab-title">{view.title}</span>
      <KeysOf ui={ui} keys={`g ${view.key}`} />
    </a>
  );
}

function KeysOf({ ui, keys }: { ui: Ui; keys: string }) {
  if (ui.settings.plainKeys.value === "off") return null;
  return (
    <span class="tab-keys" aria-hidden="true">
      {keys}
    </span>
  );
}
