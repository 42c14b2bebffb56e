import { effect, type Signal, signal } from "@preact/signals";

export const THEMES = ["system", "dark", "light"] as const;
export type Theme = (typeof THEMES)[number];

export const ZONES = ["local", "utc"] as const;
export type Zone = (typeof ZONES)[number];

const SWITCH = ["on", "off"] as const;
type Switch = (typeof SWITCH)[number];

/** What the reader has chosen; the browser keeps it. */
export interface Settings {
  readonly theme: Signal<Theme>;
  readonly zone: Signal<Zone>;
  /** Whether single letters are keys (WCAG 2.1.4). */
  readonly plainKeys: Signal<Switch>;
  /** Whether a screen reader is told of new events. */
  readonly announce: Signal<Switch>;
}

export function settingsIn(storage: Storage): Settings {
  return {
    theme: kept(storage, "lookout.theme", THEMES),
    zone: kept(storage, "lookout.zone", ZONES),
    plainKeys: kept(storage, "lookout.plain-keys", SWITCH),
    announce: kept(storage, "lookout.announce", SWITCH),
  };
}

/** The first choice is what holds where none was made; it is not kept, so that it may change. */
function kept<Choice extends string>(storage: Storage, key: string, choices: readonly [Choice, ...Choice[]]) {
  const found = storage.getItem(key);
  const chosen = signal(choices.find((choice) => choice === found) ?? choices[0]);
  effect(() => {
    if (chosen.value === choices[0]) storage.removeItem(key);
    else storage.setItem(key, chosen.value);
  });
  return chosen;
}
