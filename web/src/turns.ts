const REST = 2;
const LONGEST_REST = 250;

/** How those who draw ask for a turn. */
export interface Turn {
  ask(): void;
  /** Asks no more. */
  leave(): void;
}

/**
 * Those who draw take turns, one in a frame, so that no frame is long: in the order in which they ask, and after a
 * drawing that took c ms the next no sooner than `rest` × c ms later, so that a slow machine draws less often and
 * scrolls all the same. In a hidden tab nobody draws until it is seen again.
 */
export class Turns {
  readonly #asking = new Set<() => void>();
  #busy = false;

  constructor(readonly rest = REST) {}

  /** Calls `draw` once for however many times it is asked, no sooner than `apart` ms after it was called last. */
  join(draw: () => void, apart = 0): Turn {
    let last = Number.NEGATIVE_INFINITY;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const turn = () => {
      last = performance.now();
      draw();
    };
    const due = () => {
      timer = undefined;
      this.#ask(turn);
    };
    return {
      ask: () => {
        const early = last + apart - performance.now();
        if (early <= 0) this.#ask(turn);
        else timer ??= setTimeout(due, early);
      },
      leave: () => {
        clearTimeout(timer);
        this.#asking.delete(turn);
      },
    };
  }

  #ask(turn: () => void): void {
    this.#asking.add(turn);
    this.#go();
  }

  #go(): void {
    if (this.#busy || this.#asking.size === 0) return;
    this.#busy = true;
    requestAnimationFrame(() => this.#frame());
  }

  #frame(): void {
    const began = performance.now();
    const [turn] = this.#asking;
    if (turn) {
      this.#asking.delete(turn);
      turn();
    }
    // A task of its own comes after the rendering of this frame, which is most of the cost.
    setTimeout(() => setTimeout(() => this.#rested(), Math.min(LONGEST_REST, this.rest * (performance.now() - began))));
  }

  #rested(): void {
    this.#busy = false;
    this.#go();
  }
}
