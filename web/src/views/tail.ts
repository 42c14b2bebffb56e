import { useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Rows, Tape } from "../ring";
import { useHeight } from "./height";
import { type Window, windowOf } from "./window";

const TOUCHES = ["keydown", "pointerdown", "touchmove", "wheel"];
const LATELY = 1000;

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
  /** Stands still, as if its reader had scrolled up. */
  hold(): void;
  /** Takes up rows that have come before its first; what is in sight stays where it is. */
  widen(): void;
}

export function useTail<T>(rows: Tape<T>, size: number): Tail<T> {
  const scroller = useRef<HTMLDivElement>(null);
  const held = useSignal<Rows<T> | null>(null);
  const top = useSignal(0);
  const shown = held.value ?? { first: rows.first, end: rows.end, at: (number) => rows.at(number) };
  const height = useHeight(scroller);
  const window = windowOf(shown.end - shown.first, size, height, held.value && top.value);
  const put = useFollowing(scroller, held.value ? null : window.tail);
  const touched = useTouched(scroller);
  const shift = useShift(scroller);

  const hold = (element: HTMLDivElement) => {
    // A list that grows higher is scrolled up by the browser itself, to where its end is then.
    const lowest = Math.min(put.current, element.scrollHeight - element.clientHeight);
    if (element.scrollTop >= lowest - 1) return;
    // A list that had no box for a moment is at 0 again.
    if (element.scrollTop === 0 && Date.now() - touched.current > LATELY) element.scrollTop = window.tail;
    else held.value = { ...shown, at: rows.frozen().at };
  };

  return {
    scroller,
    shown,
    window,
    follows: held.value === null,
    unseen: rows.end - shown.end,
    scrolled() {
      const element = scroller.current;
      if (!element) return;
      top.value = element.scrollTop;
      if (!held.value) hold(element);
      else if (element.scrollTop >= window.tail - 1) held.value = null;
    },
    follow() {
      held.value = null;
      scroller.current?.focus();
    },
    hold() {
      if (held.value) return;
      top.value = scroller.current?.scrollTop ?? 0;
      held.value = { ...shown, at: rows.frozen().at };
    },
    widen() {
      const more = shown.first - rows.first;
      if (!held.value || more <= 0) return;
      held.value = { first: rows.first, end: shown.end, at: rows.frozen().at };
      shift.current = more * size;
      top.value += shift.current;
    },
  };
}

/** Scrolls down by what has been put above, once that is in the document. */
function useShift(scroller: RefObject<HTMLDivElement | null>): { current: number } {
  const shift = useRef(0);
  useLayoutEffect(() => {
    if (shift.current === 0 || !scroller.current) return;
    scroller.current.scrollTop += shift.current;
    shift.current = 0;
  });
  return shift;
}

/** When the reader last did what may scroll; listened to passively, so that scrolling waits for nothing. */
function useTouched(scroller: RefObject<HTMLDivElement | null>): { readonly current: number } {
  const touched = useRef(0);
  useLayoutEffect(() => {
    const touch = () => {
      touched.current = Date.now();
    };
    for (const event of TOUCHES) scroller.current?.addEventListener(event, touch, { passive: true });
  }, [scroller]);
  return touched;
}

/**
 * Scrolls to `tail` after all elements are written and before they are painted. Returns where it has put the
 * scrollbar, with which its place is compared: the height of the list has changed by the time its reader scrolls.
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
