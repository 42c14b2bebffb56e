import { type Signal, useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { percent } from "../text";
import { useUnique } from "../unique";
import { hueOf } from "../views/Name";
import { type Size, surface, useSize } from "./canvas";
import { type Bar, barsOf, type Chosen, type LaneRow, tellSpan, type Wishes, wanted } from "./lanes";
import { AXIS, type Picture, type PlacedRow, type Pointer, paint, ROW, whatIsUnder } from "./paint";
import { usePalette } from "./palette";
import { pinnedFirst } from "./pins";
import { useKeys, usePointer } from "./steering";
import { type Look, type Scale, scaleOf } from "./timeline";

export interface LanesProps {
  /** All lanes there are; `wishes` leave some out. */
  rows: readonly LaneRow[];
  now: number;
  look: Look;
  onLook: (look: Look) => void;
  wishes: Wishes;
  /** Lanes by their id that stay above the others. */
  pinned?: ReadonlySet<string>;
  onPin?: (row: LaneRow) => void;
  chosen: Chosen | null;
  onChoose: (chosen: Chosen | null) => void;
  /** An agent was double-clicked, or Enter pressed on it. */
  onOpen: (row: LaneRow, bar: Bar | null) => void;
  crosshair: Signal<number | null>;
  narrow: boolean;
  empty: string;
}

const OPTIONS = 200;
const NO_PINS: ReadonlySet<string> = new Set();

/** Agents over time, drawn on a canvas. A list of options that nobody sees says the same, and takes the keys. */
export function Lanes(props: LanesProps) {
  const { rows, now, look, wishes, pinned = NO_PINS, chosen, crosshair, narrow, empty } = props;
  const id = useUnique();
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const pointer = useSignal<Pointer | null>(null);
  const scrolled = useSignal(0);
  const size = useSize(scroller);
  const gutter = narrow ? 144 : 208;
  const scale = scaleOf(look, now, gutter, size.width);
  const { rows: shown, held } = pinnedFirst(wanted(rows, scale, wishes, pinned), pinned);
  const placed = placedRows(shown, held, scale, now, wishes.errorsOnly, scrolled.value, size.height);
  const picture = usePicture({ size, gutter, scale, rows: placed, held, follows: look.to === null, selected: chosen });
  usePainted(canvas, { ...picture, pointed: crosshair.value });
  const given = { ...props, shown, placed, scale };
  const keys = useKeys(given);
  usePointer(scroller, pointer, given);
  const under = pointer.value && whatIsUnder(placed, pointer.value);
  const active = shown.findIndex((row) => row.id === chosen?.row);
  return (
    <div class="lanes">
      <div
        class="lanes-scroller"
        role="listbox"
        tabIndex={0}
        aria-label="Agents over time"
        aria-describedby={`${id}-keys`}
        aria-activedescendant={active >= 0 && active < OPTIONS ? `${id}-${active}-${chosen?.seq ?? ""}` : undefined}
        ref={scroller}
        onScroll={() => {
          scrolled.value = scroller.current?.scrollTop ?? 0;
        }}
        onKeyDown={keys}
      >
        <div class="lanes-extent" aria-hidden="true" style={{ height: `${AXIS + shown.length * ROW}px` }}>
          <canvas class="lanes-canvas" ref={canvas} style={{ height: `${size.height}px` }} />
        </div>
        <Options id={id} shown={shown} scale={scale} now={now} chosen={chosen} />
      </div>
      <p class="unseen" id={`${id}-keys`}>
        Up and down choose an agent, left and right what it did. W and S zoom, A and D pan, F fits, P pins, L follows.
      </p>
      {shown.length === 0 && <p class="lanes-empty">{empty}</p>}
      {under?.bar && pointer.value && <Tip text={tellSpan(under.bar, now)} at={pointer.value} size={size} />}
    </div>
  );
}

function placedRows(
  shown: readonly LaneRow[],
  held: number,
  scale: Scale,
  now: number,
  errorsOnly: boolean,
  scrolled: number,
  height: number,
): PlacedRow[] {
  const placed = (row: LaneRow, y: number): PlacedRow => {
    return { row, y, bars: row.kind === "agent" ? barsOf(row, scale, now, errorsOnly) : [] };
  };
  const first = held + Math.max(0, Math.floor(scrolled / ROW) - 1);
  const last = Math.max(first, Math.ceil((scrolled + height - AXIS) / ROW));
  return [
    ...shown.slice(0, held).map((row, index) => placed(row, AXIS + index * ROW)),
    ...shown.slice(first, last).map((row, index) => placed(row, AXIS + (first + index) * ROW - scrolled)),
  ];
}

type Plain = Omit<Picture, "stripes" | "hue" | "pointed">;

function usePicture(plain: Plain): Omit<Picture, "pointed"> {
  const stripes = useMemo(readStripes, []);
  return { ...plain, stripes, hue: hueOf };
}

/** The stripes of names are classes, of which a canvas knows nothing. */
function readStripes(): string[] {
  const probe = document.createElement("i");
  probe.hidden = true;
  document.body.append(probe);
  const stripes = Array.from({ length: 8 }, (_, hue) => {
    probe.className = `hue-${hue}`;
    return getComputedStyle(probe).getPropertyValue("--stripe").trim();
  });
  probe.remove();
  return stripes;
}

function usePainted(canvas: RefObject<HTMLCanvasElement | null>, picture: Picture): void {
  const palette = usePalette();
  useLayoutEffect(() => {
    const context = canvas.current && surface(canvas.current, picture.size);
    if (context) paint(context, picture, palette);
  });
}

interface OptionsProps {
  id: string;
  shown: readonly LaneRow[];
  scale: Scale;
  now: number;
  chosen: Chosen | null;
}

/** Told anew once a second, or when something else is chosen: nobody reads faster. */
function Options({ id, shown, scale, now, chosen }: OptionsProps) {
  return useMemo(
    () => (
      <div class="unseen" role="presentation">
        {shown.slice(0, OPTIONS).map((row, index) => (
          <Option key={row.id} id={`${id}-${index}`} row={row} scale={scale} now={now} chosen={chosen} />
        ))}
      </div>
    ),
    [id, now, shown.length, shown[0]?.id, chosen?.row, chosen?.seq],
  );
}

type OptionProps = Omit<OptionsProps, "shown"> & { row: LaneRow };

function Option({ id, row, scale, now, chosen }: OptionProps) {
  const selected = row.id === chosen?.row;
  const bar = selected && barsOf(row, scale, now).find(({ span }) => span.seq === chosen.seq);
  // Another id makes it another option, which is read out anew.
  const name = `${id}-${selected ? (chosen.seq ?? "") : ""}`;
  return (
    <div key={name} id={name} role="option" aria-selected={selected}>
      {bar ? `${row.name}: ${tellSpan(bar, now)}` : tellRow(row)}
    </div>
  );
}

function tellRow({ kind, name, status, lane, session }: LaneRow): string {
  const filled = session?.context_percentage;
  if (kind === "session") return `Session ${name}${filled === undefined ? "" : `, context ${percent(filled)}`}`;
  const calls = lane.calls.reduce((sum, { count }) => sum + count, 0);
  const failed = lane.calls.reduce((sum, span) => sum + span.failed, 0);
  return `${name}, ${status}, ${calls} calls begun, ${failed} failed`;
}

function Tip({ text, at, size }: { text: string; at: Pointer; size: Size }) {
  const left = at.x > size.width / 2;
  const x = left ? at.x - size.width - 12 : at.x + 12;
  const y = at.y + (at.y > size.height - 60 ? -40 : 16);
  return (
    <div
      class={left ? "lanes-tip left" : "lanes-tip"}
      style={{ transform: `translate(${x}px, ${y}px)` }}
      aria-hidden="true"
    >
      <span>{text}</span>
    </div>
  );
}
