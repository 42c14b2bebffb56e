import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Bookmarks } from "./bookmarks";
import type { Commands } from "./commands";
import type { Fault } from "./query/terms";
import type { Settings } from "./settings";
import type { Sayer } from "./shell/Said";
import type { Version } from "./shell/version";
import type { Shown } from "./shown";
import type { Link, Socket } from "./socket";
import type { Store } from "./store";
import type { Turns } from "./turns";
import type { Address } from "./url";

export type Layer = "palette" | "help" | "settings" | "more";

/** What every component is given. Views show `shown`; the rest is of the shell. */
export interface Ui extends Sayer, Version {
  readonly shown: Shown;
  readonly address: Address;
  /** Shows it in the inspector; null closes that. */
  readonly select: (sel: string | null) => void;
  readonly commands: Commands;
  readonly settings: Settings;
  readonly bookmarks: Bookmarks;
  /** Whether the colours are the dark ones. */
  readonly dark: ReadonlySignal<boolean>;
  /** The dialog that is open. */
  readonly layer: Signal<Layer | null>;
  /** Queries that are right, and that the server has refused all the same, by their text. */
  readonly refused: Signal<ReadonlyMap<string, Fault>>;
  readonly store: Store;
  readonly socket: Socket;
  readonly link: ReadonlySignal<Link>;
  /** Changes when the store has changed, at most once a frame, and never while `paused`. */
  readonly drawn: ReadonlySignal<number>;
  /** The time in milliseconds, once a second, also where the past is shown. */
  readonly now: ReadonlySignal<number>;
  readonly paused: Signal<boolean>;
  /** For panels that draw, so that they do not all do so in one frame. */
  readonly turns: Turns;
  /** Two-line rows for a narrow screen. */
  readonly narrow: ReadonlySignal<boolean>;
}

/** The time, which stands still while nobody sees the page. */
export function everySecond(): ReadonlySignal<number> {
  const now = signal(Date.now());
  const look = () => {
    if (!document.hidden) now.value = Date.now();
  };
  setInterval(look, 1000);
  document.addEventListener("visibilitychange", look);
  return now;
}

export function media(query: string): ReadonlySignal<boolean> {
  const list = matchMedia(query);
  const matches = signal(list.matches);
  list.addEventListener("change", () => {
    matches.value = list.matches;
  });
  return matches;
}
