import { signal } from "@preact/signals";
import { render } from "preact";
import "./styles/tokens.css";
import "./styles/page.css";
import { type Link, Socket } from "./socket";
import { Store } from "./store";
import { everySecond, media, paced, type Ui } from "./ui";
import { Page } from "./views/Page";

function start(): Ui {
  const link = signal<Link>({ kind: "connecting", attempt: 0 });
  const drawn = signal(0);
  const paused = signal(false);
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
  return { store, socket, link, drawn, now: everySecond(), paused, narrow: media("(max-width: 720px)") };
}

const page = document.getElementById("page");
if (page) {
  const ui = start();
  render(<Page ui={ui} />, page);
  ui.socket.connect();
  addEventListener("online", () => {
    if (ui.link.peek().kind === "waiting") ui.socket.connect();
  });
}
