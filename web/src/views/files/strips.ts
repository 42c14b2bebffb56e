import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { ask } from "../../answer";
import type { EventFrame } from "../../protocol";
import { written } from "../../query/edit";
import { rowOf } from "../../rows";
import { beside, projectOf } from "../../state";
import type { Ui } from "../../ui";
import { BINS, Churn, keyOf, type Strip } from "./churn";
import { type Branch, filesIn } from "./tree";

/** What is told of a branch once a second, however often the tree is drawn. */
export interface Lately {
  readonly strip: Strip;
  /** How many agents were there. */
  readonly agents: number;
}

export function useLately(ui: Ui): (branch: Branch) => Lately {
  const churn = useRef<Churn | null>(null);
  churn.current ??= new Churn();
  const known = churn.current;
  const earlier = useEarlier(known, ui.address.place.value.get("project") ?? "");
  const now = ui.shown.now.value;
  const counted = useMemo(() => {
    // Not asked for its value: the events that come are no reason to draw the tree.
    known.follow(ui.shown.rows.peek());
    return new Map<string, Lately>();
  }, [ui, known, now, earlier]);
  return (branch) => {
    const before = counted.get(branch.id);
    if (before) return before;
    const lately = latelyOf(branch, known, now);
    counted.set(branch.id, lately);
    return lately;
  };
}

function latelyOf(branch: Branch, churn: Churn, now: number): Lately {
  const files = [...filesIn(branch)];
  const agents = new Set(files.flatMap((file) => Object.keys(file.value.agents ?? {}).map((key) => beside(file, key))));
  const keys = files.map((file) => keyOf(projectOf(file), file.value.path ?? file.key));
  return { strip: churn.stripOf(keys, now), agents: agents.size };
}

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
