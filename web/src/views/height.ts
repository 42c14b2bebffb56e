import { useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useLayoutEffect } from "preact/hooks";

/** How high the scroller is, in pixels; 0 until it is in the document. */
export function useHeight(scroller: RefObject<HTMLDivElement | null>): number {
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
