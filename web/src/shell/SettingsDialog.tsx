import type { Signal } from "@preact/signals";
import { THEMES, ZONES } from "../settings";
import type { Ui } from "../ui";
import { utc } from "../zone";
import { turnZone } from "./commands";
import { Dialog } from "./Dialog";

const THEME_WORDS = { system: "As the system", dark: "Dark", light: "Light" };

const ZONE_WORDS = { local: "Of this computer", utc: "UTC" };

export function SettingsDialog({ ui }: { ui: Ui }) {
  const { theme, plainKeys, announce } = ui.settings;
  return (
    <Dialog ui={ui} layer="settings" title="Settings">
      <fieldset class="choices">
        <legend>Colours</legend>
        {THEMES.map((each) => (
          <label key={each}>
            <input type="radio" name="theme" checked={theme.value === each} onChange={() => (theme.value = each)} />
            {THEME_WORDS[each]}
          </label>
        ))}
      </fieldset>
      <fieldset class="choices">
        <legend>Times</legend>
        {ZONES.map((each) => (
          <label key={each}>
            <input type="radio" name="zone" checked={(each === "utc") === utc.value} onChange={() => turnZone(ui)} />
            {ZONE_WORDS[each]}
          </label>
        ))}
      </fieldset>
      <Switch of={plainKeys}>Single letters are keys</Switch>
      <Switch of={announce}>Tell screen readers of new events, at most every ten seconds</Switch>
      <p class="muted">This browser keeps them.</p>
    </Dialog>
  );
}

function Switch({ of, children }: { of: Signal<"on" | "off">; children: string }) {
  const flip = () => {
    of.value = of.peek() === "on" ? "off" : "on";
  };
  return (
    <label class="switch">
      <input type="checkbox" checked={of.value === "on"} onChange={flip} />
      {children}
    </label>
  );
}
