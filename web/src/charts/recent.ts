import type { Rows } from "../ring";
import { type Act, type Lane, Spans } from "./spans";

const OLDER = 20_000;
const PART = 2000;

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
    if (!goesOn) this.#begin();
    this.#tape = tape;
    for (let number = Math.max(this.#next, tape.first); number < tape.end; number++) {
      const act = tape.at(number);
      if (!act) continue;
      this.#spans.add(act);
      this.#newest = act.seq;
    }
    this.#next = tape.end;
  }

  /**
   * `acts` by their seq, all of them before those that are known. All is folded anew, a part at a time so that nobody
   * has to wait for it; meanwhile the lanes are as they were.
   */
  async putBefore(acts: readonly Act[]): Promise<void> {
    const oldest = this.oldest?.seq ?? Number.POSITIVE_INFINITY;
    const older = [...acts.filter(({ seq }) => seq < oldest), ...this.#older].slice(-OLDER);
    const begun = this.#spans;
    const spans = new Spans();
    for (let from = 0; from < older.length; from += PART) {
      for (const act of older.slice(from, from + PART)) spans.add(act);
      await pause();
    }
    let next = this.#tape?.first ?? 0;
    while (this.#next - next > PART) {
      const part = next + PART;
      this.#fold(spans, next, part);
      next = part;
      await pause();
    }
    // Where another list was begun meanwhile, they are not before that.
    if (this.#spans !== begun) return;
    this.#fold(spans, next, this.#next);
    this.#spans = spans;
    this.#older = older;
  }

  #fold(spans: Spans, from: number, end: number): void {
    const tape = this.#tape;
    if (!tape) return;
    for (let number = Math.max(from, tape.first); number < end; number++) {
      const act = tape.at(number);
      if (act) spans.add(act);
    }
  }

  #begin(): void {
    this.#spans = new Spans();
    this.#older = [];
    this.#next = 0;
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
