import type { Row } from "../../rows";
import { clock, count, took } from "../../text";
import type { Ui } from "../../ui";
import { Guard } from "../Guard";
import { Icon } from "../icons";
import { Name } from "../Name";
import { Empty, Panel } from "../Panel";
import { type Tail, useTail } from "../tail";
import { byElement } from "../window";

const SIZE = 24;
const SIZE_OF_TWO_LINES = 44;

export function Events({ ui }: { ui: Ui }) {
  return (
    <Guard what="The events">
      <EventsPanel ui={ui} />
    </Guard>
  );
}

export function EventsPanel({ ui }: { ui: Ui }) {
  const size = ui.narrow.value ? SIZE_OF_TWO_LINES : SIZE;
  const rows = ui.shown.rows.value;
  const tail = useTail(rows, size);
  const total = tail.shown.end - tail.shown.first;
  return (
    <Panel
      name="events"
      title="Events"
      note={`${count(rows.end - rows.first)} · ${tail.follows ? "following" : "held"}`}
    >
      {total === 0 && <Empty>No event has been seen yet.</Empty>}
      <div class="grid" role="table" aria-label="Events" aria-rowcount={total + 1} hidden={total === 0}>
        <Head />
        <List tail={tail} size={size} />
      </div>
      {!tail.follows && (
        <button type="button" class="unseen-rows" onClick={tail.follow}>
          <Icon shape="down" /> {count(tail.unseen)} new
        </button>
      )}
    </Panel>
  );
}

function List({ tail: { scroller, shown, window, scrolled }, size }: { tail: Tail<Row>; size: number }) {
  const numbers = byElement(shown.first + window.first, shown.first + window.last, window.pool);
  return (
    <div
      class="scroller"
      role="rowgroup"
      tabIndex={0}
      aria-label="Events, oldest first"
      ref={scroller}
      onScroll={scrolled}
    >
      <div class="canvas" role="presentation" style={{ height: `${window.canvas}px` }}>
        {numbers.map((number) => (
          <Line key={number % window.pool} row={shown.at(number)} index={number - shown.first} size={size} />
        ))}
      </div>
    </div>
  );
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
