import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Frame } from "./protocol";
import { type Link, MOST, Socket } from "./socket";

class Wire {
  static readonly OPEN = 1;
  static all: Wire[] = [];
  readyState = Wire.OPEN;
  sent: { event: string; data: Record<string, unknown> }[] = [];
  onmessage: ((message: { data: string }) => void) | null = null;
  onclose: ((close: { code: number; reason: string }) => void) | null = null;
  closed = false;

  constructor(readonly url: string) {
    Wire.all.push(this);
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.closed = true;
  }

  hear(...frames: Frame[]): void {
    for (const frame of frames) this.onmessage?.({ data: JSON.stringify(frame) });
  }

  subscription(): unknown {
    return this.sent.findLast(({ event }) => event === "subscribe")?.data.since;
  }
}

let links: Link[] = [];
let skipped: number[][] = [];
let socket: Socket;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", Wire);
  vi.spyOn(Math, "random").mockReturnValue(1);
  Wire.all = [];
  links = [];
  skipped = [];
  socket = new Socket("ws://lookout/ws", {
    frame: () => {},
    link: (link) => links.push(link),
    skipped: (from, to) => skipped.push([from, to]),
  });
  socket.connect();
});

afterEach(() => {
  socket.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

function wire(): Wire {
  const newest = Wire.all.at(-1);
  if (!newest) throw new Error("nothing was opened");
  return newest;
}

const hello = (seq: number, epoch = "e1"): Frame => ({ event: "hello", data: { epoch, seq } });
const subscribed: Frame = { event: "subscribed", data: { recovered: true } };
const refused: Frame = { event: "subscribed", data: { recovered: false } };
const state = (seq: number, epoch = "e1"): Frame => ({ event: "state", data: { epoch, seq, state: {} } });

function lose(code = 1006, reason = ""): void {
  wire().onclose?.({ code, reason });
}

test("a first connection asks for everything, and for what happened just before", () => {
  wire().hear(hello(1234));
  expect(wire().sent).toEqual([
    {
      event: "subscribe",
      data: { events: ["*", "state"], since: { epoch: "e1", seq: 734 }, batch: true, slim: true },
    },
  ]);
});

test("in a short log it asks from the beginning", () => {
  wire().hear(hello(12));
  expect(wire().subscription()).toEqual({ epoch: "e1", seq: 0 });
});

test.each<[string, Frame, number]>([
  ["an event", { event: "deploy", seq: 21 }, 21],
  ["a batch", { event: "batch", seq: 25, data: [{ event: "deploy", seq: 21 }] }, 25],
  ["a ping", { event: "ping", seq: 30 }, 30],
])("it goes on after %s", (_, frame, seq) => {
  wire().hear(hello(0), subscribed, frame);
  lose();
  vi.advanceTimersByTime(500);
  wire().hear(hello(90));
  expect(Wire.all).toHaveLength(2);
  expect(wire().subscription()).toEqual({ epoch: "e1", seq });
});

test("where resuming is refused it takes the state and goes on from there", () => {
  wire().hear(hello(20), subscribed, { event: "deploy", seq: 21 });
  lose();
  vi.advanceTimersByTime(500);
  wire().hear(hello(5, "e2"), refused);
  expect(wire().sent.at(-1)).toEqual({ event: "get_state", data: {} });
  expect(links.at(-1)?.kind).toBe("connecting");
  wire().hear({ event: "deploy", seq: 6 }, state(5, "e2"));
  expect(wire().subscription()).toEqual({ epoch: "e2", seq: 5 });
  wire().hear(subscribed, { event: "deploy", seq: 7 });
  expect(links.at(-1)).toEqual({ kind: "live" });
});

test("while it goes on from a state, only the first state and none of the old subscription's events count", () => {
  wire().hear(hello(50), refused, { event: "deploy", seq: 51 }, state(48), { event: "deploy", seq: 52 }, state(51));
  expect(wire().sent.filter(({ event }) => event === "subscribe")).toHaveLength(2);
  lose();
  vi.advanceTimersByTime(500);
  wire().hear(hello(60));
  expect(wire().subscription()).toEqual({ epoch: "e1", seq: 48 });
});

test("the state is asked for once until it comes, and again on another connection", () => {
  wire().hear(hello(0), subscribed);
  socket.requestState();
  socket.requestState();
  expect(wire().sent.filter(({ event }) => event === "get_state")).toHaveLength(1);
  wire().hear(state(3));
  socket.requestState();
  expect(wire().sent.filter(({ event }) => event === "get_state")).toHaveLength(2);
  lose();
  vi.advanceTimersByTime(500);
  socket.requestState();
  expect(wire().sent).toEqual([{ event: "get_state", data: {} }]);
});

test("it asks for no more than the list keeps, and says which events it leaves out", () => {
  wire().hear(hello(100), subscribed, { event: "ping", seq: 100 });
  lose();
  vi.advanceTimersByTime(500);
  wire().hear(hello(100 + MOST), subscribed);
  expect([wire().subscription(), skipped]).toEqual([{ epoch: "e1", seq: 100 }, []]);
  lose();
  vi.advanceTimersByTime(500);
  wire().hear(hello(MOST + 250));
  expect([wire().subscription(), skipped]).toEqual([{ epoch: "e1", seq: 250 }, [[101, 250]]]);
});

test("of another log it leaves out nothing", () => {
  wire().hear(hello(100), subscribed);
  lose();
  vi.advanceTimersByTime(500);
  wire().hear(hello(9 * MOST, "e2"));
  expect([wire().subscription(), skipped]).toEqual([{ epoch: "e1", seq: 0 }, []]);
});

test("it rests without a connection until it is told to go on, and then says no more than that until it is live", () => {
  wire().hear(hello(0), subscribed, { event: "deploy", seq: 3 });
  socket.rest();
  vi.advanceTimersByTime(3_600_000);
  expect([Wire.all.length, wire().closed, links.at(-1)?.kind]).toEqual([1, true, "resting"]);
  socket.connect();
  wire().hear(hello(7));
  expect([wire().subscription(), links.at(-1)?.kind]).toEqual([{ epoch: "e1", seq: 3 }, "resting"]);
  wire().hear(subscribed);
  expect(links.at(-1)).toEqual({ kind: "live" });
});

test("where nobody answers after a rest, it tries again like any other time", () => {
  socket.rest();
  socket.connect();
  lose();
  expect(links.at(-1)).toMatchObject({ kind: "waiting", attempt: 1 });
  vi.advanceTimersByTime(500);
  expect(links.at(-1)).toMatchObject({ kind: "connecting", attempt: 1 });
});

test("a ping is answered", () => {
  wire().hear(hello(0), subscribed, { event: "ping", seq: 3 });
  expect(wire().sent.at(-1)).toEqual({ event: "pong", data: {} });
});

test("after 35 seconds of silence the connection counts as dead, without waiting for its close", () => {
  wire().hear(hello(0), subscribed);
  vi.advanceTimersByTime(34_000);
  wire().hear({ event: "ping", seq: 1 });
  vi.advanceTimersByTime(34_000);
  expect(links.at(-1)?.kind).toBe("live");
  vi.advanceTimersByTime(6_000);
  expect(links).toContainEqual(expect.objectContaining({ kind: "waiting", why: "nothing was heard for 35 s" }));
  expect(Wire.all[0]?.closed).toBe(true);
});

test("tries are further and further apart, up to 20 seconds, and near again once it was live", () => {
  const delays = [];
  for (let attempt = 1; attempt <= 8; attempt++) {
    lose();
    const link = links.at(-1);
    delays.push(link?.kind === "waiting" ? link.until - Date.now() : 0);
    vi.advanceTimersByTime(20_000);
  }
  expect(delays).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 20_000, 20_000]);
  wire().hear(hello(0), subscribed);
  lose(1012);
  expect(links.at(-1)).toMatchObject({ attempt: 1, until: Date.now() + 500, why: "Lookout restarts" });
});

test("the delay is random from nothing on, so that pages do not come back all at once", () => {
  vi.mocked(Math.random).mockReturnValue(0.25);
  lose();
  expect(links.at(-1)).toMatchObject({ until: Date.now() + 125 });
});

test("it comes back no sooner than the server says", () => {
  wire().hear({ event: "error", data: { message: "busy", retry_after_ms: 3000 } });
  lose(1013);
  expect(links.at(-1)).toMatchObject({ until: Date.now() + 3000, why: "too many connections" });
});

test.each([4400, 4401, 4403, 4429])("after %d only a person tries again", (code) => {
  lose(code, "Sign in first.");
  vi.advanceTimersByTime(120_000);
  expect(links.at(-1)).toEqual({ kind: "refused", why: "Sign in first." });
  expect(Wire.all).toHaveLength(1);
  socket.connect();
  expect(Wire.all).toHaveLength(2);
});
