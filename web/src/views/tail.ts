import { useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Ring, Rows } from "../ring";
import { type Window, windowOf } from "./window";

/** A list that follows its end until its reader scrolls up, who then sees what was there at that moment. */
export interface Tail<T> {
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly shown: Rows<T>;
  readonly window: Window;
  readonly follows: boolean;
  /** How many rows have come since the reader scrolled up. */
  readonly unseen: number;
  scrolled(): void;
  follow(): void;
}

export function useTail<T>(rows: Ring<T>, size: number): Tail<T> {
  const scroller = useRef<HTMLDivElement>(null);
  const held = useSignal<Rows<T> | null>(null);
  const top = useSignal(0);
  const shown = held.value ?? { first: rows.first, end: rows.end, at: (number) => rows.at(number) };
  const height = useHeight(scroller);
  const window = windowOf(shown.end - shown.first, size, height, held.value && top.value);
  const put = useFollowing(scroller, held.value ? null : window.tail);

  return {
    scroller,
    shown,
    window,
    follows: held.value === null,
    unseen: rows.end - shown.end,
    scrolled() {
      // While it has no box, and until its height is known again, only the browser moves it: to 0.
      if (!scroller.current || height === 0) return;
      const { scrollTop, scrollHeight, clientHeight } = scroller.current;
      top.value = scrollTop;
      // A list that grows higher is scrolled up by the browser itself, to where its end is then.
      const lowest = Math.min(put.current, scrollHeight - clientHeight);
      if (held.value && scrollTop >= window.tail - 1) held.value = null;
      else if (!held.value && scrollTop < lowest - 1) held.value = { ...shown, at: rows.frozen().at };
    },
    follow() {
      held.value = null;
      scroller.current?.focus();
    },
  };
}

function useHeight(scroller: RefObject<HTMLDivElement | null>): number {
  const height = useSignal(0);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const observer = new ResizeObserver(() => {
      height.value = element.clientHeight;
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [scroller, height]);
  return height.value;
}

/**
 * Scrolls to `tail` after all elements are written and before they are painted. Returns where it has put the
 * scrollbar: higher up than that only a reader can have moved it, whatever the list's height is by then.
 */
function useFollowing(scroller: RefObject<HTMLDivElement | null>, tail: number | null): { readonly current: number } {
  const put = useRef(0);
  useLayoutEffect(() => {
    if (tail === null || !scroller.current) return;
    scroller.current.scrollTop = tail;
    put.current = tail;
  });
  return put;
}
