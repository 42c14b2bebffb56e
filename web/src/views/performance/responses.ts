import { quantile } from "../../charts/plot";
import { delegates } from "../../charts/spans";
import type { Row } from "../../rows";
import { type Grid, SPANS, type Span } from "./span";

/**
 * How long tool calls took that ended in each step, in milliseconds; null where none did. A call of another agent is
 * left out: it takes as long as that one works.
 */
export interface Responses {
  readonly p50: (number | null)[];
  readonly p95: (number | null)[];
  readonly slowest: (number | null)[];
}

const MOST = 1000;
const NOTHING = { p50: null, p95: null, slowest: null };

/** How long the calls of one step took. Of more than can be kept it keeps evenly every second, every fourth ... */
class Step {
  #took: number[] = [];
  #stride = 1;
  #met = 0;
  #slowest = 0;
  #told: { readonly p50: number | null; readonly p95: number | null; readonly slowest: number } | null = null;

  add(took: number): void {
    this.#slowest = Math.max(this.#slowest, took);
    if (this.#met % this.#stride === 0) this.#took.push(took);
    this.#met += 1;
    this.#told = null;
    if (this.#took.length < MOST) return;
    this.#took = this.#took.filter((_, index) => index % 2 === 0);
    this.#stride *= 2;
  }

  tell() {
    if (this.#told) return this.#told;
    const sorted = Float64Array.from(this.#took).sort();
    this.#told = { p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95), slowest: this.#slowest };
    return this.#told;
  }
}

/** Looks once at each row, as they come, and knows for each span that can be shown how long calls took in its steps. */
export class ResponseTimes {
  readonly #steps = new Map(SPANS.map((span) => [span, new Map<number, Step>()]));
  #first = Number.POSITIVE_INFINITY;
  #complete = false;

  add(row: Row): void {
    this.#first = Math.min(this.#first, row.seq);
    this.#count(row);
  }

  /** Rows of the history: those from before the first that was added. Told again, it is not heard. */
  addOlder(rows: readonly Row[]): void {
    if (this.#complete || rows.length === 0) return;
    this.#complete = true;
    for (const row of rows) if (row.seq < this.#first) this.#count(row);
  }

  in({ span, times }: Grid): Responses {
    const steps = this.#steps.get(span);
    const told = times.map((time) => steps?.get(time / span.step)?.tell() ?? NOTHING);
    return {
      p50: told.map(({ p50 }) => p50),
      p95: told.map(({ p95 }) => p95),
      slowest: told.map(({ slowest }) => slowest),
    };
  }

  #count(row: Row): void {
    if (row.type !== "tool_use" || row.took === null || delegates(row) || Number.isNaN(row.time)) return;
    for (const [span, steps] of this.#steps) stepAt(steps, span, row.time, () => new Step()).add(row.took);
  }
}

/** There are never more than can be shown, of which the oldest is forgotten. */
export function stepAt<Step>(steps: Map<number, Step>, { step, length }: Span, time: number, make: () => Step): Step {
  const at = Math.floor(time / step);
  const known = steps.get(at);
  if (known) return known;
  const made = make();
  steps.set(at, made);
  if (steps.size > 2 * Math.ceil(length / step)) steps.delete(Math.min(...steps.keys()));
  return made;
}
