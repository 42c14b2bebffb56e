import { useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useRef } from "preact/hooks";
import { useHeight } from "../height";
import { byElement, type Window, windowOf } from "../window";

/** A list of rows of one height, of which only those in sight are in the document. */
export interface Scrolled {
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly window: Window;
  /** The height of a row. */
  readonly size: number;
  /** The rows in the document: where each is in the list, and which element holds it. */
  readonly inSight: readonly { readonly index: number; readonly slot: number }[];
  scrolled(): void;
  /** Scrolls no further than it takes to see it. */
  reveal(index: number): void;
  /** How many rows fit in. */
  readonly page: number;
}

/** `head` is the height of what stands still above the rows, in the same scroller. */
export function useScrolled(rows: number, size: number, head: number): Scrolled {
  const scroller = useRef<HTMLDivElement>(null);
  const top = useSignal(0);
  const height = useHeight(scroller);
  const window = windowOf(rows, size, height, top.value);
  return {
    scroller,
    window,
    size,
    inSight: byElement(window.first, window.last, window.pool).map((index) => ({ index, slot: index % window.pool })),
    scrolled() {
      top.value = scroller.current?.scrollTop ?? 0;
    },
    reveal(index) {
      const element = scroller.current;
      if (!element || index < 0) return;
      const lowest = index * size;
      const highest = lowest + size + head - element.clientHeight;
      if (element.scrollTop > lowest) element.scrollTop = lowest;
      else if (element.scrollTop < highest) element.scrollTop = highest;
    },
    page: Math.max(1, Math.floor((height - head) / size) - 1),
  };
}
