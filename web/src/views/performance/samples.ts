import type { Grid } from "./span";

/** What the API's status says of one process of a service. */
export interface Instance {
  readonly alive: boolean;
  readonly age: number;
  readonly beat: {
    readonly service: string;
    readonly instance: string;
    readonly cpu: number;
    readonly memory: number;
    readonly interval: number;
    readonly counters: { readonly [name: string]: number };
  };
}

export interface Sample {
  readonly time: number;
  /** By service, over all of its processes: shares of one core, and bytes. */
  readonly cpu: { readonly [service: string]: number };
  readonly memory: { readonly [service: string]: number };
  /** Requests that ingest had answered since it began, over all of its processes, and when that was told. */
  readonly requests: number;
  readonly told: number;
}

const KEPT = 2000;

/** What the services used, as often as it was asked for. */
export class Samples {
  #all: Sample[] = [];

  get all(): readonly Sample[] {
    return this.#all;
  }

  take(instances: readonly Instance[], now: number): void {
    const alive = instances.filter(({ alive }) => alive);
    const ingest = alive.filter(({ beat }) => beat.service === "ingest");
    this.#all.push({
      time: now,
      cpu: summed(alive, ({ cpu }) => cpu),
      memory: summed(alive, ({ memory }) => memory),
      requests: ingest.reduce((sum, { beat }) => sum + (beat.counters.requests ?? 0), 0),
      told: now - ingest.reduce((oldest, { age }) => Math.max(oldest, age * 1000), 0),
    });
    if (this.#all.length > KEPT) this.#all = this.#all.slice(-KEPT / 2);
  }

  /** In alphabetical order, so that each keeps its colour. */
  get services(): string[] {
    return [...new Set(this.#all.flatMap(({ cpu }) => Object.keys(cpu)))].sort();
  }
}

function summed(instances: readonly Instance[], of: (beat: Instance["beat"]) => number): { [service: string]: number } {
  const sums: { [service: string]: number } = Object.create(null);
  for (const { beat } of instances) sums[beat.service] = (sums[beat.service] ?? 0) + of(beat);
  return sums;
}

const LONGEST_GAP = 15_000;

/** A figure in each step: what was known last, for no longer than a quarter of a minute or a step. */
export function inSteps(
  samples: readonly Sample[],
  grid: Grid,
  of: (sample: Sample) => number | undefined,
): (number | null)[] {
  const values: (number | null)[] = grid.times.map(() => null);
  const reach = Math.max(1, Math.ceil(LONGEST_GAP / grid.span.step));
  for (const sample of samples) {
    const at = grid.slot(sample.time);
    const value = of(sample) ?? null;
    for (let slot = Math.max(0, at); slot < Math.min(values.length, at + reach); slot++) values[slot] = value;
  }
  return values;
}

const SAME = 1000;

/** Requests a minute between what was told one time and the next; a counter that went back began anew. */
export function requestRates(samples: readonly Sample[]): Map<Sample, number> {
  const found = new Map<Sample, number>();
  let before: Sample | undefined;
  let rate: number | undefined;
  for (const sample of samples) {
    const time = before ? sample.told - before.told : Number.POSITIVE_INFINITY;
    if (before && time < SAME) {
      if (rate !== undefined) found.set(sample, rate);
      continue;
    }
    const more = before ? sample.requests - before.requests : -1;
    rate = more >= 0 && time < 4 * LONGEST_GAP ? (more * 60_000) / time : undefined;
    if (rate !== undefined) found.set(sample, rate);
    before = sample;
  }
  return found;
}
