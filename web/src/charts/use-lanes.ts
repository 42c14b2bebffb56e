import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { ask } from "../answer";
import type { EventFrame } from "../protocol";
import { type Row, rowOf } from "../rows";
import { agentsOf, sessionsOf } from "../state";
import type { Ui } from "../ui";
import { type LaneRow, rowsOf } from "./lanes";
import { beganOf, teamsOf } from "./order";
import { Recent } from "./recent";
import { ACTING } from "./spans";

export interface Lanes {
  readonly rows: readonly LaneRow[];
  /** Why older events cannot be had; "" where they can. */
  readonly error: string;
  readonly loading: boolean;
  readonly retry: () => void;
}

interface Page {
  readonly events: readonly EventFrame[];
  readonly next?: number;
}

const LIMIT = 1000;
const PAGES = 20;
const MARGIN = 60_000;
const HISTORY = `type:${[...ACTING, "session_update"].join(",")}`;

/** What the agents did, as far back as `from`, in milliseconds: what came before the page is asked for. */
export function useLanes(ui: Ui, from: number): Lanes {
  const project = ui.address.place.value.get("project") ?? "";
  const recent = useMemo(() => ({ of: project, fold: new Recent() }), [project]).fold;
  const older = useOlder(recent, project, from);
  recent.follow(ui.shown.rows.value);
  const state = ui.shown.state.value;
  const began = useMemo(() => beganOf(state), [state]);
  const teams = useMemo(() => teamsOf(agentsOf(state), began), [state, began]);
  const sessions = useMemo(() => new Map(sessionsOf(state).map(({ id, value }) => [id, value])), [state]);
  return { rows: rowsOf(teams, recent.lanes, sessions), ...older };
}

/** Loads page after page until what is known reaches back to `from`. */
function useOlder(recent: Recent, project: string, from: number): Omit<Lanes, "rows"> {
  const error = useSignal("");
  const pages = useSignal(0);
  const reached = useSignal(Number.POSITIVE_INFINITY);
  const wanted = Math.min(reached.value, recent.oldest?.time ?? Number.POSITIVE_INFINITY) > from;
  const loading = wanted && pages.value < PAGES && error.value === "";
  const latest = useRef(from);
  latest.current = from;
  useEffect(() => {
    if (!loading) return undefined;
    const stop = new AbortController();
    const back = latest.current - MARGIN;
    load(recent, project, back, PAGES - pages.peek(), stop.signal).then(
      (loaded) => {
        if (loaded.all) reached.value = back;
        pages.value += loaded.pages;
      },
      (reason: Error) => {
        if (!stop.signal.aborted) error.value = reason.message;
      },
    );
    return () => stop.abort();
  }, [recent, project, loading, pages, pages.value, error, reached]);
  const retry = () => {
    pages.value = 0;
    error.value = "";
  };
  return { error: error.value, loading, retry };
}

interface Loaded {
  readonly pages: number;
  /** Whether that was all there is since then. */
  readonly all: boolean;
}

async function load(recent: Recent, project: string, from: number, most: number, signal: AbortSignal): Promise<Loaded> {
  const terms = [HISTORY, `after:${new Date(from).toISOString()}`, ...(project ? [`project:"${project}"`] : [])];
  const query = new URLSearchParams({ q: terms.join(" "), limit: `${LIMIT}` });
  const acts: Row[] = [];
  let [pages, all] = [0, false];
  try {
    for (; pages < most && !all; pages++) {
      const before = acts.at(-1) ?? recent.oldest;
      if (before) query.set("before", `${before.seq}`);
      const response = await ask(`/events?${query}`, { signal });
      const { events, next }: Page = await response.json();
      acts.push(...events.map(rowOf));
      all = next === undefined;
    }
  } finally {
    await recent.putBefore(acts.reverse());
  }
  return { pages, all };
}
