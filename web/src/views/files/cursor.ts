import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect } from "preact/hooks";
import { selectionOf, selOf } from "../../select";
import type { Ui } from "../../ui";
import { type Folds, folded } from "./folds";
import { type Branch, foldersAround, type Line } from "./tree";

interface Given {
  readonly ui: Ui;
  readonly trees: readonly Branch[];
  readonly lines: readonly Line[];
  readonly folds: Signal<Folds>;
  readonly reveal: (index: number) => void;
}

/** The row that keys are about. */
export interface Cursor {
  readonly at: number;
  /** Once the inspector shows a file, it shows whichever the cursor comes to. */
  go(to: number): void;
}

export function useCursor({ ui, trees, lines, folds, reveal }: Given): Cursor {
  const id = useSignal("");
  const selection = selectionOf(ui.address.place.value);
  const selected = selection?.kind === "file" ? selection.id : "";
  const at = Math.max(
    0,
    lines.findIndex(({ branch }) => branch.id === id.value),
  );
  useEffect(() => {
    if (selected === "") return;
    folds.value = folded(folds.peek(), foldersAround(trees, selected), true);
    id.value = selected;
  }, [selected]);
  useLayoutEffect(() => {
    if (id.value !== "") reveal(at);
  }, [id.value]);
  return {
    at,
    go(to) {
      const branch = lines[to]?.branch;
      if (!branch) return;
      id.value = branch.id;
      if (branch.file && selected !== "") ui.select(selOf("file", branch.id));
    },
  };
}
