import { batch, effect, signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { Shown } from "./shown";
import type { Ui } from "./ui";

/**
 * The same for a panel that shows a lot: what it is shown changes when it is the panel's turn, no sooner than `apart`
 * milliseconds after it changed last. What its reader does is shown at once all the same.
 */
export function useTurns(ui: Ui, apart: number): Ui {
  const taken = useMemo(() => {
    const inTurn = shownInTurn(ui, apart);
    return { ui: { ...ui, shown: inTurn.shown }, follow: inTurn.follow };
  }, [ui, apart]);
  useEffect(taken.follow, [taken]);
  return taken.ui;
}

interface InTurn {
  readonly shown: Shown;
  /** Begins to take turns, and returns what ends it. */
  readonly follow: () => () => void;
}

/** What is shown as of the last turn. */
export function shownInTurn(ui: Pick<Ui, "shown" | "turns" | "address">, apart: number): InTurn {
  const { shown, turns, address } = ui;
  const state = signal(shown.state.peek());
  const rows = signal(shown.rows.peek());
  const now = signal(shown.now.peek());
  const project = () => address.place.value.get("project");
  let of = address.place.peek().get("project");
  const look = () =>
    batch(() => {
      state.value = shown.state.peek();
      rows.value = shown.rows.peek();
      now.value = shown.now.peek();
    });
  const follow = () => {
    const turn = turns.join(look, apart);
    const stop = effect(() => {
      const same = [shown.state.value, shown.rows.value, shown.now.value];
      const another = project() !== of;
      of = project();
      if (another) look();
      else if (same[0] !== state.peek() || same[1] !== rows.peek() || same[2] !== now.peek()) turn.ask();
    });
    return () => {
      stop();
      turn.leave();
    };
  };
  return { shown: { state, rows, now }, follow };
}
