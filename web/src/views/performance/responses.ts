import { quantile } from "../../charts/plot";
import { EndedCalls } from "./ended";
import type { Grid } from "./span";

/** How long tool calls took that ended in each step, in milliseconds; null where none did. */
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

export class ResponseTimes extends EndedCalls<Step> {
  constructor() {
    super(
      () => new Step(),
      (step, { took }) => step.add(took),
    );
  }

  in(grid: Grid): Responses {
    const told = this.steps(grid).map((step) => step?.tell() ?? NOTHING);
    return {
      p50: told.map(({ p50 }) => p50),
      p95: told.map(({ p95 }) => p95),
      slowest: told.map(({ slowest }) => slowest),
    };
  }
}
