import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Tape } from "../../ring";
import type { Row } from "../../rows";
import type { Ui } from "../../ui";
import { type Found, History } from "./history";
import { folded, joined, Listing } from "./listing";
import { type Search, sinceOf, testOf } from "./search";

/** So few rows of the page are filled up from the history by itself. */
const FEW = 200;
const POLLED = 2000;

/** What is shown of a search, and what there is to say of it. */
export interface Shown {
  readonly rows: Tape<Row>;
  readonly found: Found;
  readonly older: () => void;
}

/** The page's rows that match, as they come, and before them those of the history. For one search only. */
export function usePageRows(ui: Ui, search: Search): Shown {
  const rows = ui.shown.rows.value;
  const now = ui.shown.now.peek();
  const listing = useRef<Listing>(null);
  listing.current ??= new Listing({ test: testOf(search, now), grouped: search.grouped });
  const newer = listing.current.take(rows, sinceOf(search, now));
  const { found, older } = useOlder(search, rows, newer.end - newer.first < FEW);
  const first = rows.at(rows.first)?.seq ?? Number.POSITIVE_INFINITY;
  const before = useMemo(() => {
    const earlier = found.rows.filter(({ seq }) => seq < first);
    return search.grouped ? folded(earlier) : earlier;
  }, [found.rows, first, search.grouped]);
  return { rows: joined(before, newer), found, older };
}

const NONE: Found = { rows: [], come: 0, next: undefined, busy: false, error: "", refused: null };

/** Where the page has since forgotten rows that stood between, what was found is no longer shown. */
function useOlder(search: Search, rows: Tape<Row>, few: boolean): Pick<Shown, "found" | "older"> {
  const made = useSignal<{ readonly history: History; readonly first: number } | null>(null);
  const begin = () => {
    made.peek()?.history.stop();
    const history = new History(search.q, rows.at(rows.first)?.seq ?? null);
    made.value = { history, first: rows.first };
    history.older();
  };
  const start = useRef(search.q !== "" || few ? begin : null);
  useEffect(() => {
    start.current?.();
    return () => made.peek()?.history.stop();
  }, [made]);
  const current = made.value?.first === rows.first ? made.value.history : null;
  return { found: current?.found.value ?? NONE, older: () => (current ? current.older() : begin()) };
}

/** What the server finds, asked again while the page is live. For one search only. */
export function useServerRows(ui: Ui, search: Search): Shown {
  const history = useMemo(() => new History(search.q, null), [search.q]);
  useEffect(() => {
    history.older();
    let seen = ui.shown.rows.peek();
    const timer = setInterval(() => {
      const rows = ui.shown.rows.peek();
      if (document.hidden || ui.paused.peek() || rows === seen) return;
      seen = rows;
      history.newer();
    }, POLLED);
    return () => {
      clearInterval(timer);
      history.stop();
    };
  }, [history, ui]);
  const found = history.found.value;
  const shown = useMemo(() => (search.grouped ? folded(found.rows) : found.rows), [found.rows, search.grouped]);
  return { rows: tapeOf(shown, found.come), found, older: () => history.older() };
}

function tapeOf(rows: readonly Row[], end: number): Tape<Row> {
  const first = end - rows.length;
  const tape: Tape<Row> = { first, end, at: (number) => rows[number - first], frozen: () => tape };
  return tape;
}
