import type { Rows } from "../ring";
import { type Act, type Lane, Spans } from "./spans";

const OLDER = 20_000;

/** The lanes of a list of events that grows, with older ones before it that were asked for later. */
export class Recent {
  #spans = new Spans();
  #older: readonly Act[] = [];
  #tape: Rows<Act> | null = null;
  #next = 0;
  #newest = 0;

  get lanes(): ReadonlyMap<string, Lane> {
    return this.#spans.lanes;
  }

  /** The oldest event that is known; undefined of none. */
  get oldest(): Act | undefined {
    return this.#older[0] ?? (this.#tape ? this.#tape.at(this.#tape.first) : undefined);
  }

  /** Folds what is new. A list that does not go on where the one before it ended is begun anew. */
  follow(tape: Rows<Act>): void {
    const last = this.#next - 1;
    const goesOn = this.#next === 0 || last < tape.first || tape.at(last)?.seq === this.#newest;
    if (!goesOn) this.#begin([]);
    this.#tape = tape;
    for (let number = Math.max(this.#next, tape.first); number < tape.end; number++) {
      const act = tape.at(number);
      if (!act) continue;
      this.#spans.add(act);
      this.#newest = act.seq;
    }
    this.#next = tape.end;
  }

  /** `acts` by their seq, all of them before those that are known. */
  putBefore(acts: readonly Act[]): void {
    const tape = this.#tape;
    const oldest = this.oldest?.seq ?? Number.POSITIVE_INFINITY;
    this.#begin([...acts.filter(({ seq }) => seq < oldest), ...this.#older].slice(-OLDER));
    if (tape) this.follow(tape);
  }

  #begin(older: readonly Act[]): void {
    this.#spans = new Spans();
    this.#older = older;
    this.#next = 0;
    for (const act of older) this.#spans.add(act);
  }
}
