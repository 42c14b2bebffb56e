import { type ReadonlySignal, useComputed, useSignal, useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import { ask } from "../../answer";
import type { EventFrame } from "../../protocol";
import { written } from "../../query/edit";
import { MINUTE, rfc3339 } from "../../query/range";
import { rowOf } from "../../rows";
import type { Ui } from "../../ui";
import { doerQuery } from "./doer";
import { isCut, Looping, type Loops, summaryOf } from "./looping";
import type { Watch } from "./watch";

const AGAIN = 5000;
const ASKED = 4;

/** The loops that the rows tell of, and of those whose rows are cut the ones that the whole events confirm. */
export function useLoops(ui: Ui, watch: Watch): ReadonlySignal<Loops> {
  const confirmed = useSignal<Loops>([]);
  const asked = useRef(0);
  const found = useComputed(() => watch.read().looping.found(ui.shown.now.value));
  useSignalEffect(() => {
    const now = ui.shown.now.value;
    const unsure = found.value.filter(({ what }) => isCut(what)).slice(0, ASKED);
    if (unsure.length === 0) confirmed.value = [];
    if (unsure.length === 0 || now - asked.current < AGAIN) return;
    asked.current = now;
    const rows = ui.shown.rows.peek();
    const last = rows.at(rows.end - 1)?.seq ?? 0;
    Promise.all(unsure.map((loop) => confirm(loop, last, now))).then(
      (all) => {
        confirmed.value = all.flat();
      },
      // Without an answer nothing is confirmed: to see a loop where there is none is worse than to see it later.
      () => undefined,
    );
  });
  return useComputed(() => [...found.value.filter(({ what }) => !isCut(what)), ...confirmed.value]);
}

/** From a minute before it began, as clocks differ, up to the last event that is shown, which need not be the last there is. */
export function confirmPath({ what: row, since }: Loops[number], last: number): string {
  const q = `${doerQuery(row)} type:tool_use tool:${written(row.tool)} after:${rfc3339(since - MINUTE)}`;
  return `/events?${new URLSearchParams({ q, before: `${last + 1}`, limit: "500" })}`;
}

async function confirm(loop: Loops[number], last: number, now: number): Promise<Loops> {
  const response = await ask(confirmPath(loop, last));
  const { events }: { readonly events: readonly EventFrame[] } = await response.json();
  return loopsIn(events, now).filter(({ what }) => what.tool === loop.what.tool);
}

/** From whole events, newest first; a hash of all that a call was given tells more than its summary. */
export function loopsIn(events: readonly EventFrame[], now: number): Loops {
  const looping = new Looping();
  for (const event of [...events].reverse()) {
    const row = rowOf(event);
    const { input_hash, summary } = event.data ?? {};
    const given = [input_hash, summary].find((each) => typeof each === "string" && each !== "");
    looping.add(row, Date.parse(event.stored ?? event.time ?? ""), String(given ?? summaryOf(row)));
  }
  return looping.found(now);
}
