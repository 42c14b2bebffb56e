const SECONDS = 5;

/** Events per second over the last five whole seconds. */
export class Rate {
  readonly #counts = new Array<number>(SECONDS + 1).fill(0);
  #second = 0;

  add(count: number, now: number): void {
    this.#advance(now);
    const slot = this.#second % this.#counts.length;
    this.#counts[slot] = (this.#counts[slot] ?? 0) + count;
  }

  /** `now` in milliseconds. */
  perSecond(now: number): number {
    this.#advance(now);
    const running = this.#counts[this.#second % this.#counts.length] ?? 0;
    return (this.#counts.reduce((sum, each) => sum + each, 0) - running) / SECONDS;
  }

  #advance(now: number): void {
    const second = Math.floor(now / 1000);
    const elapsed = Math.min(second - this.#second, this.#counts.length);
    for (let step = 1; step <= elapsed; step++) this.#counts[(second - elapsed + step) % this.#counts.length] = 0;
    this.#second = Math.max(this.#second, second);
  }
}
