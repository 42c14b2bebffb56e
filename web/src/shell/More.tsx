import type { Ui } from "../ui";
import { VIEWS } from "../views";
import { turnTheme } from "./commands";
import { Dialog } from "./Dialog";
import { isSign, Sign } from "./signs";

/** What has no room on a phone. */
export function More({ ui }: { ui: Ui }) {
  const close = () => {
    ui.layer.value = null;
  };
  return (
    <Dialog ui={ui} layer="more" title="More">
      <ul class="more-list">
        {VIEWS.filter(({ tab }) => !tab).map(({ id, title }) => (
          <li key={id}>
            <a class="more-item" href={ui.address.href({ view: id, sel: null })} onClick={close}>
              {isSign(id) && <Sign name={id} />}
              {title}
            </a>
          </li>
        ))}
        <li>
          <button type="button" class="more-item" onClick={() => turnTheme(ui)}>
            <Sign name="theme" />
            {ui.dark.value ? "Light colours" : "Dark colours"}
          </button>
        </li>
        <li>
          <button type="button" class="more-item" onClick={() => (ui.layer.value = "settings")}>
            <Sign name="settings" />
            Settings
          </button>
        </li>
        <li>
          <button type="button" class="more-item" onClick={() => (ui.layer.value = "help")}>
            <Sign name="keys" />
            Keys
          </button>
        </li>
      </ul>
    </Dialog>
  );
}
