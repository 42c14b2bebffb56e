/** What the API's status says of one process of a service: how long ago it was heard, and what it said. */
export interface Instance {
  readonly alive: boolean;
  /** Seconds. */
  readonly age: number;
  readonly beat: Beat;
}

export interface Beat {
  readonly service: string;
  readonly instance: string;
  readonly pid: number;
  /** Seconds; the interval is that until the next heartbeat. */
  readonly uptime: number;
  readonly interval: number;
  /** A share of one core, and bytes. */
  readonly cpu: number;
  readonly memory: number;
  readonly counters: Figures;
  readonly gauges: Figures;
}

export type Figures = { readonly [name: string]: number };

export type Word = "healthy" | "degraded" | "unhealthy" | "unknown";

/** Sizes in bytes, `max_age` in seconds; what is not told is missing. */
export interface LogStatus {
  readonly epoch: string;
  readonly first: number;
  readonly last: number;
  readonly bytes?: number;
  readonly max_bytes?: number;
  readonly max_age?: number;
}

/** A forwarder on an agent's machine as it was heard last, `age` seconds ago; an older Lookout tells of none. */
export interface ForwarderStatus {
  readonly age: number;
  readonly forwarder: Forwarder;
  /** By whose key it sends; an older Lookout does not say. */
  readonly sender?: string;
}

/** `waiting`, `sent`, `refused` and `lost` are events; sizes in bytes. */
export interface Forwarder {
  readonly spool: string;
  readonly host: string;
  readonly version: string;
  readonly interval: number;
  readonly waiting: number;
  readonly waiting_bytes: number;
  readonly max_bytes: number;
  /** When it took the first event that waits. */
  readonly oldest: string | null;
  readonly sent: number;
  readonly refused: number;
  readonly lost: number;
}

export interface SystemStatus {
  readonly agents: Word;
  readonly mcp_gateway: Word;
  readonly services: { readonly [name: string]: Word };
  readonly instances: readonly Instance[];
  readonly log: LogStatus | null;
  readonly forwarders?: readonly ForwarderStatus[];
}

const USUAL = 5;

/** Seconds until there is something new to ask for: as often as the services tell of themselves. */
export function pauseOf(status: SystemStatus | null): number {
  const intervals = (status?.instances ?? []).map(({ beat }) => beat.interval);
  return Math.max(1, Math.min(60, ...(intervals.length > 0 ? intervals : [USUAL])));
}

/** A figure over all living processes of a service. */
export function totalOf(instances: readonly Instance[], service: string, of: (beat: Beat) => number | undefined) {
  const living = instances.filter(({ alive, beat }) => alive && beat.service === service);
  return living.reduce((sum, { beat }) => sum + (of(beat) ?? 0), 0);
}

/** Counters of all living processes of a service together. */
export function countersOf(instances: readonly Instance[], service: string): Figures {
  const sums: { [name: string]: number } = {};
  for (const { alive, beat } of instances) {
    if (!alive || beat.service !== service) continue;
    for (const [name, value] of Object.entries(beat.counters)) sums[name] = (sums[name] ?? 0) + value;
  }
  return sums;
}

/** A line of the list of services: a process, or a service of which none has been heard. */
export interface ServiceRow {
  readonly service: string;
  readonly word: Word | "gone";
  readonly instance: Instance | null;
}

/** A process that is gone is no trouble where another has taken its place. */
export function rowsOf({ services, instances }: SystemStatus): ServiceRow[] {
  const heard = new Set(instances.map(({ beat }) => beat.service));
  const replaced = new Set(instances.flatMap(({ alive, beat }) => (alive ? [beat.service] : [])));
  const processes = instances.map((instance): ServiceRow => {
    const { service } = instance.beat;
    const gone = replaced.has(service) ? "gone" : "unhealthy";
    return { service, word: instance.alive ? "healthy" : gone, instance };
  });
  const silent = Object.entries(services).filter(([service]) => !heard.has(service));
  return [...processes, ...silent.map(([service, word]): ServiceRow => ({ service, word, instance: null }))];
}
