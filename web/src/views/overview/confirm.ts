import { type ReadonlySignal, useComputed, useSignal, useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import { ask } from "../../answer";
import type { EventFrame } from "../../protocol";
import { written } from "../../query/edit";
import { type Row, rowOf } from "../../rows";
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
    Promise.all(unsure.map(({ what }) => confirm(what, now))).then(
      (all) => {
        confirmed.value = all.flat();
      },
      // Without an answer nothing is confirmed: to see a loop where there is none is worse than to see it later.
      () => undefined,
    );
  });
  return useComputed(() => [...found.value.filter(({ what }) => !isCut(what)), ...confirmed.value]);
}

async function confirm(row: Row, now: number): Promise<Loops> {
  const q = `${doerQuery(row)} type:tool_use tool:${written(row.tool)} after:-1m`;
  const response = await ask(`/events?${new URLSearchParams({ q, limit: "500" })}`);
  const { events }: { readonly events: readonly EventFrame[] } = await response.json();
  return loopsIn(events, now).filter(({ what }) => what.tool === row.tool);
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
