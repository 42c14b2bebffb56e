import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { numberOf } from "../find";
import { count } from "../text";
import type { Ui } from "../ui";

const EVERY = 10_000;

/** For screen readers: how many events came and failed, at most every ten seconds; nothing while the page is paused. */
export function Announcer({ ui }: { ui: Ui }) {
  const said = useSignal("");
  const last = useRef(0);
  useEffect(() => {
    const timer = setInterval(() => {
      const rows = ui.shown.rows.peek();
      const from = last.current === 0 ? rows.end : numberOf(rows, last.current + 1);
      last.current = rows.at(rows.end - 1)?.seq ?? last.current;
      if (ui.settings.announce.peek() === "off" || ui.paused.peek() || from === rows.end) return;
      let failed = 0;
      for (let number = from; number < rows.end; number++) if (rows.at(number)?.tone === "crit") failed += 1;
      said.value = `${count(rows.end - from)} new events${failed > 0 ? `, ${count(failed)} failed` : ""}`;
    }, EVERY);
    return () => clearInterval(timer);
  }, [ui, said]);
  return (
    <p class="unseen" role="status">
      {said}
    </p>
  );
}
