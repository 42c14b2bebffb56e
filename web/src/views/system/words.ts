import { age, bytes, compact, count, took } from "../../text";
import type { Beat, Figures, Forwarder, ForwarderStatus, LogStatus, SystemStatus } from "./status";

const TROUBLES: { readonly [service: string]: string } = {
  ingest: "Ingest is not heard: what agents send may not be taken.",
  stream: "Stream is not heard: nobody gets events live.",
  nats: "The log does not answer: nothing can be stored.",
};

/** What is wrong with Lookout, a sentence each; nothing where all is well. */
export function troublesOf({ services }: SystemStatus): string[] {
  const unwell = Object.entries(services).filter(([, word]) => word === "unhealthy" || word === "degraded");
  return unwell.map(([service, word]) => TROUBLES[service] ?? `${service} is ${word}.`);
}

const MISSED = 2.5;

/** Whether a forwarder is silent for longer than it would be if nothing were in its way. */
export function isSilent({ age: seconds, forwarder }: ForwarderStatus): boolean {
  return seconds > forwarder.interval * MISSED + 1;
}

/** `1,234 events, 1.2 MB of at most 1 GB`. */
export function waitingWords({ waiting, waiting_bytes, max_bytes }: Forwarder): string {
  return waiting === 0 ? "nothing" : `${count(waiting)} events, ${size(waiting_bytes)} of at most ${size(max_bytes)}`;
}

/** `18.2 GB`. */
export function size(value: number): string {
  return value < 1 << 30 ? bytes(value) : `${Number((value / 2 ** 30).toPrecision(3))} GB`;
}

/** `Events are kept for 30 days or until they take 8 GB, whichever comes first.` */
export function retentionWords({ max_age = 0, max_bytes = 0 }: LogStatus): string {
  const limits = [
    max_age > 0 ? `for ${lastingWords(max_age)}` : "",
    max_bytes > 0 ? `until they take ${size(max_bytes)}` : "",
  ];
  const words = limits.filter(Boolean).join(" or ");
  if (words === "") return "";
  return `Events are kept ${words}${max_age > 0 && max_bytes > 0 ? ", whichever comes first" : ""}; the oldest go first.`;
}

function lastingWords(seconds: number): string {
  const units = [
    [86_400, "day"],
    [3600, "hour"],
    [60, "minute"],
    [1, "second"],
  ] as const;
  const [unit, name] = units.find(([each]) => seconds >= each) ?? [1, "second"];
  const many = Number((seconds / unit).toPrecision(3));
  return `${many} ${name}${many === 1 ? "" : "s"}`;
}

const LONG_ENOUGH = 10 * 60_000;

/** Which limit the log comes to first, if it goes on as since its oldest event; "" where that is too soon to say. */
export function forecastWords(
  { bytes: taken = 0, max_bytes = 0, max_age = 0 }: LogStatus,
  oldest: number,
  now: number,
): string {
  const since = now - oldest;
  if (!(since > LONG_ENOUGH) || taken <= 0 || max_bytes <= 0) return "";
  const left = ((max_bytes - taken) * since) / taken;
  if (left <= 0) return "It is full: for each new event the oldest one goes.";
  if (max_age > 0 && left > max_age * 1000) return "At the pace so far events go by age, not by size.";
  return `At the pace so far it is full in ${age(left)}.`;
}

/** What of a process is worth a look: what waits, how far behind it is, who is connected. */
export function loadWords({ service, gauges, counters }: Beat, last: number | undefined): string[] {
  const told = LOADS[service];
  if (told) return told(gauges, counters, last).filter(Boolean);
  return Object.entries(gauges).map(([name, value]) => `${name.replaceAll("_", " ")} ${compact(value)}`);
}

type Load = (gauges: Figures, counters: Figures, last: number | undefined) => string[];

const LOADS: { readonly [service: string]: Load } = {
  ingest: ({ bytes_waiting = 0 }, { requests = 0 }) => [
    bytes_waiting > 0 ? `${bytes(bytes_waiting)} wait to be stored` : "nothing waits",
    `${compact(requests)} requests`,
  ],
  stream: ({ connections = 0, delay = 0, ring_events = 0, ring_bytes = 0 }) => [
    `${count(connections)} connected`,
    delay === 0 ? "" : `${took(delay * 1000)} from the log to the socket`,
    `holds ${compact(ring_events)} events (${bytes(ring_bytes)})`,
  ],
  api: ({ seq = 0 }, _, last) => [`folded to #${count(seq)}`, last === undefined ? "" : behindWords(last - seq)],
};

function behindWords(events: number): string {
  return events > 0 ? `${count(events)} behind the log at its last heartbeat` : "up to date";
}

const REFUSALS: { readonly [status: string]: string } = {
  400: "not understood",
  404: "sent where nothing takes events",
  405: "no POST",
  408: "not sent to the end",
  413: "too large",
  503: "not stored, to be sent again",
};

/** Requests that ingest refused, by why: `10 not understood (400)`. */
export function refusalsOf(counters: Figures): string[] {
  return counted(counters, "refused_", REFUSALS);
}

const CLOSINGS: { readonly [code: string]: string } = {
  1009: "sent too long a message",
  1012: "sent away to come back when Lookout restarted",
  1013: "turned away, for there were too many",
  4008: "cut off, for they did not keep up",
  4010: "reading where the log was trimmed",
  4012: "cut off, for they did not answer",
  4400: "not understood",
  4429: "sent too many messages",
};

/** Clients that were sent away, by why. */
export function closingsOf(counters: Figures): string[] {
  return counted(counters, "closed_", CLOSINGS);
}

function counted(counters: Figures, prefix: string, words: { readonly [code: string]: string }): string[] {
  return Object.entries(counters)
    .filter(([name, value]) => name.startsWith(prefix) && value > 0)
    .sort(([, one], [, other]) => other - one)
    .map(([name, value]) => {
      const code = name.slice(prefix.length);
      return words[code] ? `${count(value)} ${words[code]} (${code})` : `${count(value)} with ${code}`;
    });
}
