/** What happened often lately. Times in milliseconds. */
export interface Repeated<What> {
  /** As it was the last time. */
  readonly what: What;
  /** Within the last minute; at most `MOST`. */
  readonly times: number;
  readonly since: number;
}

export const ENOUGH = 5;
export const MOST = 100;
const MINUTE = 60_000;
const KEYS = 4000;

interface Heard<What> {
  what: What;
  readonly times: number[];
}

/** Finds what happens at least five times within a minute. Bounded: of too many keys the one longest silent is lost. */
export class Often<What> {
  readonly #heard = new Map<string, Heard<What>>();

  add(key: string, time: number, what: What): void {
    const heard = this.#heard.get(key) ?? { what, times: [] };
    heard.what = what;
    heard.times.push(time);
    if (heard.times.length > MOST) heard.times.shift();
    this.#heard.delete(key);
    this.#heard.set(key, heard);
    const [oldest] = this.#heard.keys();
    if (oldest !== undefined && this.#heard.size > KEYS) this.#heard.delete(oldest);
  }

  found(now: number): Repeated<What>[] {
    const found: Repeated<What>[] = [];
    for (const [key, { what, times }] of this.#heard) {
      const recent = times.findIndex((time) => time > now - MINUTE);
      times.splice(0, recent < 0 ? times.length : recent);
      if (times.length === 0) this.#heard.delete(key);
      else if (times.length >= ENOUGH) found.push({ what, times: times.length, since: times[0] ?? now });
    }
    return found;
  }
}
