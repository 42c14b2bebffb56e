import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { ask } from "../../answer";
import type { EventFrame } from "../../protocol";
import { written } from "../../query/edit";
import { rowOf } from "../../rows";
import type { Ui } from "../../ui";
import { BINS, Churn, keyOf, type Strip } from "./churn";
import { type Branch, projectOf } from "./tree";

/** Tells the strip of a branch; counted once a second, however often the tree is drawn. */
export function useStrips(ui: Ui): (branch: Branch) => Strip {
  const churn = useRef<Churn | null>(null);
  churn.current ??= new Churn();
  churn.current.follow(ui.shown.rows.value);
  const earlier = useEarlier(churn.current, ui.address.place.value.get("project") ?? "");
  const now = ui.shown.now.value;
  const counted = useMemo(() => new Map<string, Strip>(), [now, earlier]);
  return (branch) => {
    const known = counted.get(branch.id);
    if (known) return known;
    const strip = churn.current?.stripOf(keysIn(branch), now) ?? EMPTY;
    counted.set(branch.id, strip);
    return strip;
  };
}

const EMPTY: Strip = { reads: [], changes: [] };

const PAGE = 1000;
const PAGES = 5;

/** Asks for what was before the page was opened, and tells how often an answer has come. */
function useEarlier(churn: Churn, project: string): number {
  const answers = useSignal(0);
  useEffect(() => {
    const stop = new AbortController();
    const load = async () => {
      let before: number | undefined;
      for (let page = 0; page < PAGES; page += 1) {
        const found = await earlierThan(before, project, stop.signal);
        churn.putBefore(found.events.map(rowOf).reverse());
        answers.value += 1;
        before = found.next;
        if (before === undefined) return;
      }
    };
    // A strip without its beginning is no failure of the view.
    load().catch(() => {});
    return () => stop.abort();
  }, [churn, project, answers]);
  return answers.value;
}

interface Page {
  readonly events: readonly EventFrame[];
  readonly next?: number;
}

async function earlierThan(before: number | undefined, project: string, signal: AbortSignal): Promise<Page> {
  const q = `type:file_operation after:-${BINS}m${project ? ` project:${written(project)}` : ""}`;
  const search = new URLSearchParams({ q, limit: String(PAGE), ...(before && { before: String(before) }) });
  return (await ask(`/events?${search}`, { signal })).json();
}

function* keysIn({ file, children }: Branch): Generator<string> {
  if (file) yield keyOf(projectOf(file), file.value.path ?? file.key);
  for (const child of children) yield* keysIn(child);
}
