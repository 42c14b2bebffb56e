import type { Instance } from "./status";

const KEPT = 60;

interface Used {
  readonly uptime: number;
  readonly cpu: readonly number[];
  readonly memory: readonly number[];
}

const NEVER: Used = { uptime: -1, cpu: [], memory: [] };

/** What each process used at its last heartbeats, the oldest first. */
export class Trail {
  readonly #instances = new Map<string, Used>();
  /** When something was heard last, in milliseconds. */
  heard = 0;

  take(instances: readonly Instance[], now: number): void {
    this.heard = now;
    const there = new Set(instances.map(({ beat }) => beat.instance));
    for (const instance of this.#instances.keys()) if (!there.has(instance)) this.#instances.delete(instance);
    for (const { beat } of instances) {
      const used = this.#of(beat.instance);
      // A heartbeat that is answered twice is one.
      if (beat.uptime > used.uptime) this.#instances.set(beat.instance, withBeat(used, beat));
    }
  }

  cpu(instance: string): readonly number[] {
    return this.#of(instance).cpu;
  }

  memory(instance: string): readonly number[] {
    return this.#of(instance).memory;
  }

  #of(instance: string): Used {
    return this.#instances.get(instance) ?? NEVER;
  }
}

function withBeat({ cpu, memory }: Used, beat: Instance["beat"]): Used {
  return {
    uptime: beat.uptime,
    cpu: [...cpu, beat.cpu].slice(-KEPT),
    memory: [...memory, beat.memory].slice(-KEPT),
  };
}
