import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { count } from "../text";
import type { Ui } from "../ui";

const EVERY = 10_000;

/** For screen readers: how many events came, at most every ten seconds, and nothing while the page is paused. */
export function Announcer({ ui }: { ui: Ui }) {
  const said = useSignal("");
  const counted = useRef(0);
  useEffect(() => {
    const timer = setInterval(() => {
      const { end } = ui.store.rows;
      if (!ui.paused.peek() && end > counted.current) said.value = `${count(end - counted.current)} new events`;
      counted.current = end;
    }, EVERY);
    return () => clearInterval(timer);
  }, [ui, said]);
  return (
    <p class="unseen" role="status">
      {said}
    </p>
  );
}
