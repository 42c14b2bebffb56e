import { Reader } from "../../reader";
import type { Row } from "../../rows";
import type { Shown } from "../../shown";
import { Failing } from "./failing";
import { Looping } from "./looping";
import { Notables } from "./notable";
import { Pulse } from "./pulse";

/** What the overview makes of the rows, each of which it looks at once. */
export class Watch {
  looping = new Looping();
  failing = new Failing();
  pulse = new Pulse();
  notables = new Notables();
  readonly #reader = new Reader<Row>();

  constructor(private readonly shown: Shown) {}

  /** As of the newest row. */
  read(): this {
    this.#reader.read(
      this.shown.rows.peek(),
      (row) => this.#add(row),
      () => this.#begin(),
    );
    return this;
  }

  #add(row: Row): void {
    const time = Number.isNaN(row.stored) ? row.time : row.stored;
    this.looping.add(row, time);
    this.failing.add(row, time);
    this.pulse.add(row, time);
    this.notables.add(row);
  }

  #begin(): void {
    this.looping = new Looping();
    this.failing = new Failing();
    this.pulse = new Pulse();
    this.notables = new Notables();
  }
}
