import { type Signal, useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Rows } from "../ring";
import type { Row } from "../rows";
import { clock, count, took } from "../text";
import type { Ui } from "../ui";
import { Icon } from "./icons";
import { Name } from "./Name";
import { Empty, Panel } from "./Panel";

const OVERSCAN = 6;

export function Events({ ui }: { ui: Ui }) {
  ui.drawn.value;
  /** What a reader who scrolled up goes on seeing; null while the list follows. */
  const held = useSignal<Rows<Row> | null>(null);
  const { rows } = ui.store;
  const unseen = held.value ? rows.end - held.value.end : 0;
  return (
    <Panel name="events" title="Events" note={`${count(rows.end - rows.first)} · ${held.value ? "held" : "following"}`}>
      {rows.end === 0 ? <Empty>No event has been seen yet.</Empty> : <List ui={ui} held={held} />}
      {held.value && (
        <button type="button" class="unseen-rows" onClick={() => (held.value = null)}>
          <Icon shape="down" /> {count(unseen)} new
        </button>
      )}
    </Panel>
  );
}

/**
 * Rows of one height, of which only those in sight are in the document. Each keeps the element of its number modulo
 * their count, so that following moves no elements. The order within a flush: all elements, then the scrolling.
 */
function List({ ui, held }: { ui: Ui; held: Signal<Rows<Row> | null> }) {
  ui.drawn.value;
  const scroller = useRef<HTMLDivElement>(null);
  const height = useSignal(0);
  const top = useSignal(0);
  /** Where this code has put the scrollbar: lower than that only a reader can have. */
  const tail = useRef(0);

  const shown = held.value ?? edges(ui.store.rows);
  const size = ui.narrow.value ? 44 : 24;
  const total = shown.end - shown.first;
  const inSight = Math.ceil(height.value / size);
  const end = Math.max(0, total * size - height.value);
  const first = Math.max(0, Math.floor((held.value ? top.value : end) / size) - OVERSCAN);
  const last = Math.min(total, first + inSight + 2 * OVERSCAN);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const observer = new ResizeObserver(() => (height.value = element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, [height]);

  useLayoutEffect(() => {
    if (held.value || !scroller.current) return;
    scroller.current.scrollTop = end;
    tail.current = end;
  });

  const scrolled = () => {
    const at = scroller.current?.scrollTop ?? 0;
    top.value = at;
    if (held.value && at >= end - 1) held.value = null;
    else if (!held.value && at < tail.current - 1) held.value = { ...shown, at: ui.store.rows.frozen().at };
  };

  const pool = inSight + 2 * OVERSCAN + 1;
  const slots = Array.from({ length: last - first }, (_, index) => shown.first + first + index);
  slots.sort((one, other) => (one % pool) - (other % pool));
  return (
    <div class="grid" role="table" aria-label="Events" aria-rowcount={total + 1}>
      <Head />
      <div
        class="scroller"
        role="rowgroup"
        tabIndex={0}
        aria-label="Events, oldest first"
        ref={scroller}
        onScroll={scrolled}
      >
        <div class="canvas" role="presentation" style={{ height: `${total * size}px` }}>
          {slots.map((number) => (
            <Line key={number % pool} row={shown.at(number)} index={number - shown.first} size={size} />
          ))}
        </div>
      </div>
    </div>
  );
}

function edges(rows: Rows<Row>): Rows<Row> {
  return { first: rows.first, end: rows.end, at: (number) => rows.at(number) };
}

function Head() {
  return (
    <div class="row head" role="row" aria-rowindex={1}>
      {["Seq", "Time", "Type", "Agent", "About", "Took"].map((title) => (
        <span key={title} class={`cell ${title.toLowerCase()}`} role="columnheader">
          {title}
        </span>
      ))}
    </div>
  );
}

function Line({ row, index, size }: { row: Row | undefined; index: number; size: number }) {
  if (!row) return null;
  return (
    <div
      class={`row ${row.tone}`}
      role="row"
      aria-rowindex={index + 2}
      style={{ transform: `translateY(${index * size}px)` }}
    >
      <span class="cell seq" role="cell">
        {row.seq}
      </span>
      <span class="cell time" role="cell">
        {Number.isNaN(row.time) ? "–" : clock(row.time)}
      </span>
      <span class="cell type" role="cell">
        <Mood tone={row.tone} />
        {row.type}
      </span>
      <span class="cell agent" role="cell">
        {row.agent && <Name of={row.agent} />}
      </span>
      <span class="cell about" role="cell" title={row.about}>
        {row.about}
      </span>
      <span class="cell took" role="cell">
        {row.took === null ? "" : took(row.took)}
      </span>
    </div>
  );
}

function Mood({ tone }: { tone: Row["tone"] }) {
  if (tone === "crit") return <Icon shape="cross" />;
  return tone === "warn" ? <Icon shape="rise" /> : null;
}
