import type { Signal } from "@preact/signals";
import type { Command } from "../../commands";
import { numberOf } from "../../find";
import { filterFor, filterOut } from "../../query/edit";
import type { Row } from "../../rows";
import type { Tail } from "../tail";
import { valueAt } from "./values";

interface Given {
  readonly tail: Tail<Row>;
  /** The height of a row. */
  readonly size: number;
  readonly seq: number | undefined;
  readonly selected: Row | undefined;
  /** Which of the selected row's values is meant. */
  readonly column: Signal<number>;
  readonly text: string;
  readonly ask: (text: string) => void;
  readonly pick: (row: Row) => void;
}

/** What the keys do in the list of events. */
export function listCommands({ tail, size, seq, selected, column, text, ask, pick }: Given): Command[] {
  const { shown } = tail;
  const there = shown.end > shown.first;
  const to = (number: number) => {
    const within = Math.max(shown.first, Math.min(shown.end - 1, number));
    const row = shown.at(within);
    if (!row) return;
    pick(row);
    reveal(tail.scroller.current, (within - shown.first) * size, size);
  };
  // With nothing selected, both begin with the newest.
  const step = (by: 1 | -1) => to(seq === undefined ? shown.end - 1 : numberOf(shown, seq) + by);
  const filter = (change: typeof filterFor) => {
    const chosen = selected && valueAt(selected, column.peek());
    if (chosen) ask(change(text, chosen.field, chosen.value));
  };
  const turn = (by: 1 | -1) => {
    column.value = column.peek() + by;
  };
  const command = (id: string, title: string, keys: string[], when: boolean, run: () => void): Command => {
    return { id, title, keys, scope: "List", when: () => when, run };
  };
  return [
    command("list.next", "Next", ["j", "ArrowDown"], there, () => step(1)),
    command("list.previous", "Previous", ["k", "ArrowUp"], there, () => step(-1)),
    command("list.first", "First", ["Home"], there, () => to(shown.first)),
    command("list.last", "Last, and follow", ["End"], there, () => tail.follow()),
    command("list.open", "Go into the inspector", ["Enter"], selected !== undefined, openInspector),
    command("list.value.next", "Next value of the event", ["ArrowRight"], selected !== undefined, () => turn(1)),
    command("list.value.previous", "Previous value", ["ArrowLeft"], selected !== undefined, () => turn(-1)),
    command("list.filter.for", "Filter for the value", ["f"], selected !== undefined, () => filter(filterFor)),
    command("list.filter.out", "Filter out the value", ["x"], selected !== undefined, () => filter(filterOut)),
  ];
}

function openInspector(): void {
  document.getElementById("inspector")?.focus();
}

/** Scrolls so far that what stands there is in sight. */
function reveal(scroller: HTMLElement | null, top: number, height: number): void {
  if (!scroller) return;
  const lowest = top + height - scroller.clientHeight;
  if (scroller.scrollTop > top) scroller.scrollTop = top;
  else if (scroller.scrollTop < lowest) scroller.scrollTop = lowest;
}
