import type { Rows } from "./ring";

/** Reads each row of a tape once. */
export class Reader<Row extends { readonly seq: number }> {
  #next = 0;
  #newest = 0;

  /** Calls `each` for the rows that are new; before that `again` where the tape does not go on where the last ended. */
  read(tape: Rows<Row>, each: (row: Row) => void, again: () => void): void {
    const last = this.#next - 1;
    const goesOn =
      this.#next === 0 || (this.#next <= tape.end && (last < tape.first || tape.at(last)?.seq === this.#newest));
    if (!goesOn) again();
    for (let number = Math.max(goesOn ? this.#next : 0, tape.first); number < tape.end; number += 1) {
      const row = tape.at(number);
      if (!row) continue;
      each(row);
      this.#newest = row.seq;
    }
    this.#next = tape.end;
  }
}
