import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { useCommands } from "../../commands";
import { rowOfSeq } from "../../find";
import type { Fault } from "../../query/terms";
import type { Row } from "../../rows";
import { selectionOf, selOf } from "../../select";
import { countsOf } from "../../state";
import { compact, count } from "../../text";
import type { Ui } from "../../ui";
import { Panel } from "../Panel";
import { type Tail, useTail } from "../tail";
import { Held } from "./Held";
import type { Found } from "./history";
import { List, SIZE, SIZE_OF_TWO_LINES } from "./List";
import { listCommands } from "./list-commands";
import { Nothing } from "./Nothing";
import { SelectedRow } from "./SelectedRow";
import type { Search } from "./search";
import { type Shown, usePageRows, useServerRows } from "./use-rows";

interface Props {
  readonly ui: Ui;
  readonly search: Search;
  /** Looks for another query. */
  readonly ask: (text: string) => void;
  /** What stands above the list, on the right. */
  readonly children: ComponentChildren;
}

/** The events that are looked for; made anew for every search. */
export function Listed(props: Props) {
  return props.search.beyond.length > 0 ? <OfServer {...props} /> : <OfPage {...props} />;
}

function OfPage(props: Props) {
  return <Rows {...props} {...usePageRows(props.ui, props.search)} />;
}

function OfServer(props: Props) {
  return <Rows {...props} {...useServerRows(props.ui, props.search)} />;
}

function Rows({ ui, search, ask, rows, found, older, children }: Props & Shown) {
  const size = ui.narrow.value ? SIZE_OF_TWO_LINES : SIZE;
  const tail = useTail(rows, size);
  const column = useSignal(0);
  const selection = selectionOf(ui.address.place.value);
  const seq = selection?.kind === "evt" ? Number(selection.id) : undefined;
  const selected = useSelected(tail, seq);
  const pick = (row: Row) => {
    tail.hold();
    ui.select(selOf("evt", row.seq));
  };
  useCommands(ui, listCommands({ tail, size, seq, selected, column, text: search.text, ask, pick }));
  const marks = new Set(ui.bookmarks.of(ui.store.epoch).map((each) => each.seq));
  useWidening(tail, found.rows.length);
  useRefusal(ui, search, found);
  const total = tail.shown.end - tail.shown.first;
  return (
    <Panel name="events" title="Events" note={`${loaded(ui, search, total)} · ${tail.follows ? "following" : "held"}`}>
      <div class="events-before">
        <Before search={search} found={found} total={total} older={older} />
        <span class="events-toggles">{children}</span>
      </div>
      {total === 0 && <Nothing ui={ui} search={search} found={found} retry={older} ask={ask} />}
      <div class="events-list">
        <List tail={tail} size={size} selected={seq} pick={pick} marked={(each) => marks.has(each)} />
        <Held tail={tail} />
      </div>
      {selected && <SelectedRow ui={ui} row={selected} column={column} text={search.text} ask={ask} />}
    </Panel>
  );
}

/** How many rows the list has, and of how many events where all are looked for. */
function loaded({ shown }: Ui, { grouped, q }: Search, rows: number): string {
  const all = q === "" ? countsOf(shown.state.peek()).events : 0;
  const what = `${count(rows)} ${grouped ? "rows" : "events"}`;
  return all > rows ? `${what} loaded of ${compact(all)} events` : `${what} loaded`;
}

/** The row of a seq, also when the list has since gone on without it. */
function useSelected({ shown }: Tail<Row>, seq: number | undefined): Row | undefined {
  const found = useRef<Row>(undefined);
  if (found.current?.seq !== seq) found.current = undefined;
  found.current ??= seq === undefined ? undefined : rowOfSeq(shown, seq);
  return found.current;
}

/** Tells the query bar; the view shows what it showed before. */
function useRefusal({ refused: all }: Ui, { text }: Search, { refused }: Found): void {
  useEffect(() => {
    if (refused) all.value = new Map(all.peek()).set(text, within(text, refused));
  }, [all, text, refused]);
}

/** The server was asked for more than the text, which begins the question. */
function within(text: string, fault: Fault): Fault {
  return fault.start < text.length
    ? { ...fault, end: Math.min(fault.end, text.length) }
    : { ...fault, start: 0, end: text.length };
}

function useWidening<T>(tail: Tail<T>, older: number): void {
  const widen = useRef(tail.widen);
  widen.current = tail.widen;
  useLayoutEffect(() => widen.current(), [older]);
}

interface BeforeProps {
  readonly search: Search;
  readonly found: Found;
  readonly total: number;
  readonly older: () => void;
}

/** What stands before the list: where its rows come from, and those before them. */
function Before({ search, found, total, older }: BeforeProps) {
  return (
    <>
      <button type="button" class="button" disabled={found.busy || found.next === null} onClick={older}>
        {found.busy
          ? "Searching…"
          : found.error
            ? "Try again"
            : found.next === null
              ? "No older events"
              : "Older events"}
      </button>
      {search.beyond.length > 0 && <span class="note">From the history, asked every two seconds: {why(search)}</span>}
      {found.error && total > 0 && (
        <span class="crit" role="alert">
          The history cannot be shown. {found.error}
        </span>
      )}
    </>
  );
}

function why({ text, beyond }: Search): string {
  const [term] = beyond;
  return term ? `${text.slice(term.start, term.end)} is more than live rows can tell.` : "";
}
