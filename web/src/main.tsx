import { computed, effect, signal } from "@preact/signals";
import { render } from "preact";
import "./styles/tokens.css";
import "./styles/page.css";
import "./styles/shell.css";
import { Bookmarks } from "./bookmarks";
import { Commands } from "./commands";
import { Keyboard, listen } from "./keys";
import { followLinks } from "./links";
import { restUnseen } from "./rest";
import { selector } from "./select";
import { settingsIn } from "./settings";
import { runLinked, shellCommands } from "./shell/commands";
import { Page } from "./shell/Page";
import { sayer } from "./shell/Said";
import { watchVersion } from "./shell/version";
import { shownOf } from "./shown";
import { type Link, Socket } from "./socket";
import { Store } from "./store";
import { Turns } from "./turns";
import { everySecond, type Layer, media, type Ui } from "./ui";
import { addressOf } from "./url";
import { askWho, who } from "./who";
import { utc } from "./zone";

/** What is drawn at once takes a quarter of the time at most. */
const REST = 3;

function connection() {
  const link = signal<Link>({ kind: "connecting", attempt: 0 });
  const drawn = signal(0);
  const paused = signal(false);
  const { ask: draw } = new Turns(REST).join(() => {
    if (!paused.peek()) drawn.value += 1;
  });
  const store = new Store(draw, () => socket.requestState());
  const socket = new Socket(new URL("/ws", location.href).href.replace(/^http/, "ws"), {
    frame: (frame) => store.receive(frame),
    link: (next) => {
      link.value = next;
      // A browser does not tell why a handshake failed; who has been signed out is led to the login page.
      if (who.peek() !== null && (next.kind === "refused" || next.kind === "waiting")) void askWho();
    },
    skipped: (from, to) => store.skip(from, to),
  });
  paused.subscribe(draw);
  return { link, drawn, paused, store, socket };
}

function start(): Ui {
  const parts = connection();
  const address = addressOf(window);
  const now = everySecond();
  const settings = settingsIn(localStorage);
  const systemDark = media("(prefers-color-scheme: dark)");
  return {
    ...parts,
    now,
    address,
    settings,
    shown: shownOf(parts.store, parts.drawn, now, address.place),
    select: selector(address),
    commands: new Commands(),
    turns: new Turns(),
    dark: computed(() => (settings.theme.value === "system" ? systemDark.value : settings.theme.value === "dark")),
    bookmarks: new Bookmarks(localStorage),
    layer: signal<Layer | null>(null),
    refused: signal<Ui["refused"]["value"]>(new Map()),
    narrow: media("(max-width: 720px)"),
    ...sayer(),
    ...watchVersion(parts.link),
  };
}

function listenTo(ui: Ui): void {
  followLinks(document, ui.address);
  ui.commands.add(shellCommands(ui));
  listen(document, new Keyboard(ui.commands), () => ui.settings.plainKeys.value === "on");
  runLinked(ui);
  void askWho();
  addEventListener("online", () => {
    if (ui.link.peek().kind === "waiting") ui.socket.connect();
  });
}

const page = document.getElementById("page");
if (page) {
  const ui = start();
  effect(() => {
    document.documentElement.dataset.theme = ui.settings.theme.value;
  });
  effect(() => {
    utc.value = (ui.address.place.value.get("tz") ?? ui.settings.zone.value) === "utc";
  });
  listenTo(ui);
  render(<Page ui={ui} />, page);
  ui.socket.connect();
  restUnseen(document, ui);
}
