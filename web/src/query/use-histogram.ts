import { type ReadonlySignal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { ask } from "../answer";
import { barEdges, type Histogram, histogramPath } from "./histogram";
import { isOpen, type Range, writtenRange } from "./range";

const EVERY = 1000;

interface Counted {
  /** The last one there was, also while another is asked for. */
  readonly counted: Histogram | null;
  /** Why there is no newer one, in one sentence. */
  readonly error: string;
  readonly retry: () => void;
}

/**
 * Asks for the counts of a range, and while events may still come into it again, at most once a second, and not while
 * bars are being chosen: they would move away below the pointer.
 */
export function useHistogram(
  q: string,
  range: Range,
  now: ReadonlySignal<number>,
  fresh: ReadonlySignal<unknown>,
  held: ReadonlySignal<unknown>,
): Counted {
  const counted = useSignal<Histogram | null>(null);
  const error = useSignal("");
  const attempt = useSignal(0);
  const asked = useRef<{ path: string; fresh: unknown }>({ path: "", fresh: null });
  const written = writtenRange(range);

  // `written` says all of the range, which is made anew each time.
  useEffect(() => {
    const stop = new AbortController();
    let busy = false;
    const once = async () => {
      const path = histogramPath(q, barEdges(range, now.peek()));
      const next = { path, fresh: isOpen(range, now.peek()) ? fresh.peek() : null };
      const idle = asked.current.path === path && asked.current.fresh === next.fresh;
      if (busy || idle || document.hidden || held.peek() !== null) return;
      busy = true;
      asked.current = next;
      try {
        const response = await ask(path, { signal: stop.signal });
        const found: Histogram = await response.json();
        if (stop.signal.aborted) return;
        counted.value = found;
        error.value = "";
      } catch (reason) {
        if (!stop.signal.aborted) error.value = reason instanceof Error ? reason.message : String(reason);
      } finally {
        busy = false;
      }
    };
    asked.current = { path: "", fresh: null };
    once();
    const timer = setInterval(once, EVERY);
    return () => {
      stop.abort();
      clearInterval(timer);
    };
  }, [q, written, attempt.value]);

  return { counted: counted.value, error: error.value, retry: () => (attempt.value += 1) };
}
