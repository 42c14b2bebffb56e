import type { Ui } from "./ui";

const UNSEEN = 10_000;

/** Lets the connection rest once nobody has seen the page for ten seconds, and go on as soon as somebody does. */
export function restUnseen(page: Document, { socket, link }: Pick<Ui, "socket" | "link">): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const rest = () => {
    if (link.peek().kind !== "refused") socket.rest();
  };
  const look = () => {
    clearTimeout(timer);
    if (page.hidden) timer = setTimeout(rest, UNSEEN);
    else if (link.peek().kind === "resting") socket.connect();
  };
  page.addEventListener("visibilitychange", look);
  look();
}
