import { signal } from "@preact/signals";
import { render } from "preact";
import "./styles/tokens.css";
import "./styles/page.css";
import "./styles/shell.css";
import { followLinks } from "./links";
import { Page } from "./shell/Page";
import { shownOf } from "./shown";
import { type Link, Socket } from "./socket";
import { Store } from "./store";
import { everySecond, media, paced, type Ui } from "./ui";
import { addressOf } from "./url";

function start(): Ui {
  const address = addressOf(window);
  const link = signal<Link>({ kind: "connecting", attempt: 0 });
  const drawn = signal(0);
  const paused = signal(false);
  const now = everySecond();
  const draw = paced(() => {
    if (!paused.peek()) drawn.value += 1;
  });
  const store = new Store(draw, () => socket.requestState());
  const socket = new Socket(new URL("/ws", location.href).href.replace(/^http/, "ws"), {
    frame: (frame) => store.receive(frame),
    link: (next) => {
      link.value = next;
    },
  });
  paused.subscribe(draw);
  const shown = shownOf(store, drawn, now, address.place);
  return { shown, address, store, socket, link, drawn, now, paused, narrow: media("(max-width: 720px)") };
}

const page = document.getElementById("page");
if (page) {
  const ui = start();
  followLinks(document, ui.address);
  render(<Page ui={ui} />, page);
  ui.socket.connect();
  addEventListener("online", () => {
    if (ui.link.peek().kind === "waiting") ui.socket.connect();
  });
}
