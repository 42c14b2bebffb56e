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
    </nav>
  );
}

function Tab({ ui, view, current }: { ui: Ui; view: View; current: boolean }) {
  return (
    <a
      class={view.tab ? "tab" : "tab less"}
      href={ui.address.href({ view: view.id })}
      aria-current={current ? "page" : undefined}
    >
      {isSign(view.id) && <Sign name={view.id} />}
      <span class="tab-title">{view.title}</span>
      <span class="tab-keys" aria-hidden="true">
        g {view.key}
      </span>
    </a>
  );
}
