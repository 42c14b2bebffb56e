import { Ring } from "./ring";

/** Those of a ring's rows that are wanted, looked at once each as they come. */
export class Sieve<T> {
  readonly #found: Ring<T>;
  #next = 0;
  #cleared = 0;

  constructor(
    readonly source: Ring<T>,
    readonly wanted: (row: T) => boolean,
  ) {
    this.#found = new Ring(source.capacity);
  }

  /** What was found up to now. */
  rows(): Ring<T> {
    const { source } = this;
    if (this.#cleared !== source.cleared) this.#found.clear();
    this.#cleared = source.cleared;
    for (let number = Math.max(this.#next, source.first); number < source.end; number++) {
      const row = source.at(number);
      if (row !== undefined && this.wanted(row)) this.#found.push(row);
    }
    this.#next = source.end;
    return this.#found;
  }
}
