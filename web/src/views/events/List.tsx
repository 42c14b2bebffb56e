import type { ComponentChildren } from "preact";
import type { Row } from "../../rows";
import { clock, took } from "../../text";
import { Icon } from "../icons";
import { Name } from "../Name";
import type { Tail } from "../tail";
import { byElement } from "../window";

export const SIZE = 24;
export const SIZE_OF_TWO_LINES = 44;

interface Props {
  readonly tail: Tail<Row>;
  readonly size: number;
  /** The seq of the selected row. */
  readonly selected?: number | undefined;
  readonly pick?: (row: Row) => void;
  /** Whether an event is bookmarked. */
  readonly marked?: (seq: number) => boolean;
}

/** Rows of events, of which only those in sight are in the document. */
export function List({ tail, size, selected, pick, marked = unmarked }: Props) {
  const { scroller, shown, window, scrolled } = tail;
  const numbers = byElement(shown.first + window.first, shown.first + window.last, window.pool);
  const total = shown.end - shown.first;
  const clicked = ({ currentTarget, clientY }: MouseEvent & { readonly currentTarget: HTMLElement }) => {
    const top = clientY - currentTarget.getBoundingClientRect().top + currentTarget.scrollTop;
    const row = shown.at(shown.first + Math.floor(top / size));
    if (row && !globalThis.getSelection()?.toString()) pick?.(row);
  };
  return (
    <div class="grid" role="table" aria-label="Events" aria-rowcount={total + 1} hidden={total === 0}>
      <Head />
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the keys are commands of the view, see list-commands.ts. */}
      <div
        class={pick ? "scroller picks" : "scroller"}
        role="rowgroup"
        tabIndex={0}
        aria-label="Events, oldest first"
        ref={scroller}
        onScroll={scrolled}
        onClick={clicked}
      >
        <div class="canvas" role="presentation" style={{ height: `${window.canvas}px` }}>
          {numbers.map((number) => (
            <Line
              key={slotOf(number, window.pool)}
              row={shown.at(number)}
              index={number - shown.first}
              size={size}
              selected={selected}
              marked={marked}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

function unmarked(): boolean {
  return false;
}

/** Numbers of older rows may be negative. */
function slotOf(number: number, pool: number): number {
  return ((number % pool) + pool) % pool;
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

interface LineProps {
  readonly row: Row | undefined;
  readonly index: number;
  readonly size: number;
  readonly selected: number | undefined;
  readonly marked: (seq: number) => boolean;
}

function Line({ row, index, size, selected, marked }: LineProps) {
  if (!row) return null;
  const chosen = row.seq === selected;
  return (
    <div
      class={`row ${row.tone}${chosen ? " selected" : ""}`}
      role="row"
      aria-rowindex={index + 2}
      aria-current={chosen ? "true" : undefined}
      style={{ transform: `translateY(${index * size}px)` }}
    >
      <Cell name="seq">
        {marked(row.seq) && <Bookmarked />}
        {row.seq}
      </Cell>
      <Cell name="time">{Number.isNaN(row.time) ? "–" : clock(row.time)}</Cell>
      <Cell name="type">
        <Mood tone={row.tone} />
        {row.type}
      </Cell>
      <Cell name="agent">{row.agent && <Name of={row.agent} />}</Cell>
      <span class="cell about" role="cell" title={row.about}>
        {row.about}
      </span>
      <Cell name="took">{row.took === null ? "" : took(row.took)}</Cell>
    </div>
  );
}

function Cell({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <span class={`cell ${name}`} role="cell">
      {children}
    </span>
  );
}

function Bookmarked() {
  return (
    <>
      <Icon shape="mark" />
      <span class="unseen">Bookmarked</span>
    </>
  );
}

function Mood({ tone }: { tone: Row["tone"] }) {
  if (tone === "crit") return <Icon shape="cross" />;
  return tone === "warn" ? <Icon shape="rise" /> : null;
}
