import { delegates } from "../../charts/spans";
import type { Row } from "../../rows";
import { type Grid, SPANS, type Span } from "./span";

/** A call that has ended; `took` is in milliseconds. */
export type Ended = Row & { readonly took: number };

/**
 * Looks once at each row, as they come, and knows for each span that can be shown what the calls tell that ended in its
 * steps. A call of another agent is left out: it takes as long as that one works.
 */
export class EndedCalls<Step> {
  readonly #steps = new Map(SPANS.map((span) => [span, new Map<number, Step>()]));
  #first = Number.POSITIVE_INFINITY;
  #complete = false;

  constructor(
    private readonly make: () => Step,
    private readonly put: (step: Step, call: Ended) => void,
  ) {}

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

  /** Of each step what is known; nothing where no call ended in it. */
  protected steps({ span, times }: Grid): (Step | undefined)[] {
    const steps = this.#steps.get(span);
    return times.map((time) => steps?.get(time / span.step));
  }

  #count(row: Row): void {
    if (!isEndedCall(row)) return;
    for (const [span, steps] of this.#steps) this.put(stepAt(steps, span, row.time, this.make), row);
  }
}

function isEndedCall(row: Row): row is Ended {
  return row.type === "tool_use" && row.took !== null && !delegates(row) && !Number.isNaN(row.time);
}

/** There are never more than can be shown, of which the oldest is forgotten. */
function stepAt<Step>(steps: Map<number, Step>, { step, length }: Span, time: number, make: () => Step): Step {
  const at = Math.floor(time / step);
  const known = steps.get(at);
  if (known) return known;
  const made = make();
  steps.set(at, made);
  if (steps.size > 2 * Math.ceil(length / step)) steps.delete(Math.min(...steps.keys()));
  return made;
}
