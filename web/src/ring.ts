/** Rows by their number since the page was opened; those from `first` up to, without, `end` are there. */
export interface Rows<T> {
  readonly first: number;
  readonly end: number;
  at(number: number): T | undefined;
}

/** Rows that go on, and can be held as they are. */
export interface Tape<T> extends Rows<T> {
  frozen(): Rows<T>;
}

/** The newest `capacity` rows. */
export class Ring<T> implements Tape<T> {
  /** How often it was. */
  cleared = 0;
  readonly #slots: T[] = [];
  #first = 0;
  #end = 0;

  constructor(readonly capacity: number) {}

  get first(): number {
    return this.#first;
  }

  get end(): number {
    return this.#end;
  }

  push(row: T): void {
    this.#slots[this.#end % this.capacity] = row;
    this.#end += 1;
    this.#first = Math.max(this.#first, this.#end - this.capacity);
  }

  at(number: number): T | undefined {
    return number >= this.#first && number < this.#end ? this.#slots[number % this.capacity] : undefined;
  }

  /** The numbers go on, so a list that is scrolled does not jump. */
  clear(): void {
    this.#first = this.#end;
    this.#slots.length = 0;
    this.cleared += 1;
  }

  /** What is there now, for a reader whom new rows must not disturb. */
  frozen(): Rows<T> {
    const { capacity } = this;
    const [first, end, slots] = [this.#first, this.#end, this.#slots.slice()];
    return {
      first,
      end,
      at: (number) => (number >= first && number < end ? slots[number % capacity] : undefined),
    };
  }
}
