import { type Signal, signal } from "@preact/signals";
import { ask, Unanswered } from "../../answer";
import type { EventFrame } from "../../protocol";
import type { Fault } from "../../query/terms";
import { type Row, rowOf } from "../../rows";

/** What `GET /events` answers: newest first. */
interface Page {
  readonly events: readonly EventFrame[];
  readonly complete: boolean;
  readonly next?: number;
}

export interface Found {
  /** Oldest first. */
  readonly rows: readonly Row[];
  /** How many have come since the first question, those of its answer included. */
  readonly come: number;
  /** Where older ones go on; null where there are none, undefined before the first answer. */
  readonly next: number | null | undefined;
  readonly busy: boolean;
  /** Why the last question was not answered; "" where it was. */
  readonly error: string;
  /** Which part of the query the server refuses; null where it is not the query. */
  readonly refused: Fault | null;
}

const LIMIT = 200;
/** A search of the server ends after a while with what it has found; so many times it is told to go on by itself. */
const MOST_TRIES = 20;

/** The events of the history that match a query, a page at a time; those earlier than `before`, or all. */
export class History {
  readonly found: Signal<Found>;
  readonly #stop = new AbortController();

  constructor(
    readonly q: string,
    readonly before: number | null,
  ) {
    this.found = signal<Found>({ rows: [], come: 0, next: undefined, busy: false, error: "", refused: null });
  }

  stop(): void {
    this.#stop.abort();
  }

  /** The page before what is there. */
  async older(): Promise<void> {
    const { rows, come, next, busy } = this.found.peek();
    if (busy || next === null) return;
    await this.#asking(async () => {
      const page = await this.#page(next ?? this.before);
      return { rows: [...page.rows, ...rows], come: come || page.rows.length, next: page.next };
    });
  }

  /** What has come since; where that is more than a page, what was there is left for it. */
  async newer(): Promise<void> {
    const { rows, come, next, busy } = this.found.peek();
    if (busy || this.before !== null) return;
    await this.#asking(async () => {
      const page = await this.#page(null);
      const last = rows.at(-1)?.seq ?? 0;
      const fresh = page.rows.filter(({ seq }) => seq > last);
      const joins = rows.length > 0 && fresh.length < page.rows.length;
      const now = { come: come + fresh.length };
      return joins ? { ...now, rows: [...rows, ...fresh], next: next ?? null } : { ...now, ...page };
    });
  }

  async #asking(question: () => Promise<Pick<Found, "rows" | "come" | "next">>): Promise<void> {
    this.found.value = { ...this.found.peek(), busy: true };
    try {
      const answer = await question();
      if (!this.#stop.signal.aborted) this.found.value = { ...answer, busy: false, error: "", refused: null };
    } catch (reason) {
      if (this.#stop.signal.aborted) return;
      const error = reason instanceof Error ? reason.message : String(reason);
      this.found.value = { ...this.found.peek(), busy: false, error, refused: faultOf(reason) };
    }
  }

  async #page(before: number | null): Promise<{ rows: Row[]; next: number | null }> {
    const rows: Row[] = [];
    let next = before;
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const search = new URLSearchParams({ q: this.q, limit: String(LIMIT - rows.length) });
      if (next !== null) search.set("before", String(next));
      const response = await ask(`/events?${search}`, { signal: this.#stop.signal });
      const page: Page = await response.json();
      rows.unshift(...page.events.map(rowOf).reverse());
      next = page.next ?? null;
      if (page.complete || next === null) break;
    }
    return { rows, next };
  }
}

function faultOf(reason: unknown): Fault | null {
  if (!(reason instanceof Unanswered)) return null;
  const { start, end } = reason.problem;
  return start === undefined || end === undefined ? null : { message: reason.message.replace(/^q: /, ""), start, end };
}
