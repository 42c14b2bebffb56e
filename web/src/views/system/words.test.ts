import { expect, test } from "vitest";
import type { Forwarder, LogStatus, Word } from "./status";
import {
  closingsOf,
  forecastWords,
  isSilent,
  loadWords,
  refusalsOf,
  retentionWords,
  size,
  troublesOf,
  waitingWords,
} from "./words";

const DAY = 86_400;
const LOG: LogStatus = { epoch: "e", first: 1, last: 9, bytes: 1 << 20, max_bytes: 8 * 2 ** 30, max_age: 30 * DAY };

function troubles(services: { [name: string]: Word }): string[] {
  return troublesOf({ agents: "unknown", mcp_gateway: "unknown", services, instances: [], log: null });
}

test("what is wrong is said with what it means", () => {
  expect(troubles({ ingest: "healthy", stream: "unknown" })).toEqual([]);
  expect(troubles({ nats: "unhealthy", alerts: "degraded" })).toEqual([
    "The log does not answer: nothing can be stored.",
    "alerts is degraded.",
  ]);
});

test.each([
  [0, "0 B"],
  [5 << 20, "5 MB"],
  [8 * 2 ** 30, "8 GB"],
])("%i bytes are %s", (value, words) => {
  expect(size(value)).toBe(words);
});

test("retention is a sentence", () => {
  const words = "Events are kept for 30 days or until they take 8 GB, whichever comes first; the oldest go first.";
  expect(retentionWords(LOG)).toBe(words);
  expect(retentionWords({ ...LOG, max_bytes: 0, max_age: 3600 })).toBe(
    "Events are kept for 1 hour; the oldest go first.",
  );
  expect(retentionWords({ epoch: "e", first: 1, last: 9 })).toBe("");
});

test("a forecast names the limit that comes first, and is silent about a young log", () => {
  const hour = 3_600_000;
  expect(forecastWords(LOG, 0, 60_000)).toBe("");
  expect(forecastWords(LOG, Number.NaN, hour)).toBe("");
  expect(forecastWords(LOG, 0, hour)).toBe("At the pace so far events go by age, not by size.");
  expect(forecastWords({ ...LOG, bytes: 2 ** 30 }, 0, hour)).toBe("At the pace so far it is full in 7 h.");
  expect(forecastWords({ ...LOG, bytes: 8 * 2 ** 30 }, 0, hour)).toBe(
    "It is full: for each new event the oldest one goes.",
  );
});

function load(service: string, gauges: object, counters: object = {}, last?: number): string {
  const beat = { service, instance: "a", pid: 1, uptime: 1, interval: 1, cpu: 0, memory: 0 };
  return loadWords({ ...beat, gauges: { ...gauges }, counters: { ...counters } }, last).join(" · ");
}

test("each service says what is under way", () => {
  expect(load("ingest", { bytes_waiting: 0 }, { requests: 12_340 })).toBe("nothing waits · 12.3 k requests");
  expect(load("ingest", { bytes_waiting: 2048 })).toBe("2 kB wait to be stored · 0 requests");
  expect(load("stream", { connections: 3, delay: 0.0012, ring_events: 40, ring_bytes: 1024 })).toBe(
    "3 connected · 1.2 ms from the log to the socket · holds 40 events (1 kB)",
  );
  expect(load("api", { seq: 1197 }, {}, 1197)).toBe("folded to #1,197 · up to date");
  expect(load("api", { seq: 1190 }, {}, 1197)).toBe("folded to #1,190 · 7 behind the log at its last heartbeat");
  expect(load("alerts", { open_rules: 3 })).toBe("open rules 3");
});

test("refusals and closings are said by why, the most frequent first", () => {
  expect(refusalsOf({ requests: 9, refused_400: 2, refused_413: 5, refused_418: 1, refused_503: 0 })).toEqual([
    "5 too large (413)",
    "2 not understood (400)",
    "1 with 418",
  ]);
  expect(closingsOf({ closed_4008: 1, connections: 3 })).toEqual(["1 cut off, for they did not keep up (4008)"]);
});

const FORWARDER: Forwarder = {
  spool: "a1",
  host: "desk",
  version: "1",
  interval: 10,
  waiting: 1234,
  waiting_bytes: 5 << 20,
  max_bytes: 2 ** 30,
  oldest: "2026-11-24T06:00:00Z",
  sent: 1,
  refused: 0,
  lost: 0,
};

test("what a forwarder holds is said in events and bytes", () => {
  expect(waitingWords(FORWARDER)).toBe("1,234 events, 5 MB of at most 1 GB");
  expect(waitingWords({ ...FORWARDER, waiting: 0 })).toBe("nothing");
});

test("a forwarder is silent when it has missed two of its times", () => {
  expect([25, 27].map((age) => isSilent({ age, forwarder: FORWARDER }))).toEqual([false, true]);
});
