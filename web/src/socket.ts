import { type ControlFrame, type Frame, isControl, type Position } from "./protocol";

export type Link =
  | { kind: "connecting"; attempt: number }
  | { kind: "live" }
  | { kind: "resting"; since: number }
  | { kind: "waiting"; attempt: number; until: number; why: string }
  | { kind: "refused"; why: string };

export interface Listener {
  frame(frame: Frame): void;
  link(link: Link): void;
  /** Events that will not be asked for, from the first to the last of them: the list has no room for them. */
  skipped(from: number, to: number): void;
}

const EVENTS = ["*", "state"];
const BACKLOG = 500;
/** How many events are asked for at most: more the list does not keep. */
export const MOST = 50_000;
const SILENCE = 35_000;
const LOOK_EVERY = 5_000;
const FIRST_DELAY = 500;
const LONGEST_DELAY = 20_000;

const WHY = new Map([
  [1012, "Lookout restarts"],
  [1013, "too many connections"],
  [4008, "this page was too slow"],
  [4012, "no answer to a ping"],
  [4401, "sign in first"],
  [4403, "not allowed"],
]);

/**
 * One subscription that outlives its connections: each new one goes on after the last position received. Where
 * that is refused it takes the state whole and goes on from there. Times are in milliseconds.
 */
export class Socket {
  #socket: WebSocket | null = null;
  #position: Position | null = null;
  #attempt = 0;
  #heard = 0;
  #least = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #watch: ReturnType<typeof setInterval> | undefined;
  #stateAsked = false;
  #refused = false;
  #subscribing = false;
  #resting = 0;

  constructor(
    readonly url: string,
    readonly listener: Listener,
  ) {}

  connect(): void {
    this.#leave();
    if (this.#resting === 0) this.listener.link({ kind: "connecting", attempt: this.#attempt });
    const socket = new WebSocket(this.url);
    this.#socket = socket;
    this.#heard = Date.now();
    this.#watch = setInterval(() => this.#look(), LOOK_EVERY);
    socket.onmessage = (message) => this.#hear(JSON.parse(message.data));
    socket.onclose = (close) => this.#closed(close.code, close.reason);
  }

  /** Asks for the state whole; the answer is a frame. */
  requestState(): void {
    if (this.#stateAsked) return;
    this.#stateAsked = true;
    this.#send("get_state", {});
  }

  close(): void {
    this.#leave();
  }

  /** Leaves until `connect` is called, which goes on where it was. */
  rest(): void {
    this.#leave();
    this.#attempt = 0;
    this.#resting = Date.now();
    this.listener.link({ kind: "resting", since: this.#resting });
  }

  #hear(frame: Frame): void {
    this.#heard = Date.now();
    if (isControl(frame)) this.#control(frame);
    this.listener.frame(frame);
    if ("seq" in frame) this.#advance(frame.seq);
  }

  #control(frame: ControlFrame): void {
    if (frame.event === "hello") this.#greeted(frame.data);
    else if (frame.event === "subscribed") this.#subscribed(frame.data.recovered);
    else if (frame.event === "state") this.#restart(frame.data);
    else if (frame.event === "ping") this.#send("pong", {});
    else if (frame.event === "error") this.#least = frame.data.retry_after_ms ?? 0;
  }

  #greeted(head: Position): void {
    const last = this.#position;
    if (last && last.epoch === head.epoch && head.seq - last.seq > MOST) {
      this.listener.skipped(last.seq + 1, head.seq - MOST);
      this.#subscribe(before(head, MOST));
    } else {
      this.#subscribe(last ?? before(head, BACKLOG));
    }
  }

  #subscribe(since: Position): void {
    this.#position = since;
    this.#subscribing = true;
    this.#send("subscribe", { events: EVENTS, since, batch: true, slim: true });
  }

  #subscribed(recovered: boolean): void {
    this.#subscribing = false;
    this.#refused = !recovered;
    if (recovered) {
      this.#attempt = this.#resting = 0;
      this.listener.link({ kind: "live" });
    } else {
      this.requestState();
    }
  }

  #restart({ epoch, seq }: Position): void {
    this.#stateAsked = false;
    if (!this.#refused) return;
    this.#refused = false;
    this.#subscribe({ epoch, seq });
  }

  /** Until `subscribed` what comes belongs to the subscription before, and says nothing of the new one's position. */
  #advance(seq: number): void {
    if (this.#refused || this.#subscribing || !this.#position) return;
    if (seq > this.#position.seq) this.#position = { epoch: this.#position.epoch, seq };
  }

  #send(event: string, data: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify({ event, data }));
  }

  #look(): void {
    if (Date.now() - this.#heard > SILENCE) this.#closed(0, "nothing was heard for 35 s");
  }

  #closed(code: number, reason: string): void {
    const why = reason || WHY.get(code) || "the connection was lost";
    this.#leave();
    this.#resting = 0;
    if (code >= 4400 && code < 4500) this.listener.link({ kind: "refused", why });
    else this.#retryLater(why);
  }

  #retryLater(why: string): void {
    const delay = Math.max(this.#least, Math.random() * Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** this.#attempt));
    this.#least = 0;
    this.#attempt += 1;
    this.#retry = setTimeout(() => this.connect(), delay);
    this.listener.link({ kind: "waiting", attempt: this.#attempt, until: Date.now() + delay, why });
  }

  /** A connection that is cut cannot say so, hence nothing waits for its close. */
  #leave(): void {
    clearTimeout(this.#retry);
    clearInterval(this.#watch);
    this.#stateAsked = false;
    if (!this.#socket) return;
    this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.close();
    this.#socket = null;
  }
}

function before({ epoch, seq }: Position, events: number): Position {
  return { epoch, seq: Math.max(0, seq - events) };
}
