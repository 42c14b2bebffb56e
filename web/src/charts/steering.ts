import type { Signal } from "@preact/signals";
import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { LanesProps } from "./Lanes";
import { type Bar, barsOf, type LaneRow } from "./lanes";
import { type PlacedRow, type Pointer, whatIsUnder } from "./paint";
import { fitted, type Look, panned, type Scale, timeAt, zoomed } from "./timeline";

const DRAG = 4;
const WHEEL = 0.0018;

/** Dragging pans, a click chooses, the wheel with Ctrl zooms around the pointer, and with Shift pans. */
export function usePointer(
  scroller: RefObject<HTMLDivElement | null>,
  pointer: Signal<Pointer | null>,
  given: Given,
): void {
  const current = useRef(given);
  current.current = given;
  useLayoutEffect(() => {
    const element = scroller.current;
    return element ? listen(element, pointer, current) : undefined;
  }, [scroller, pointer]);
}

interface Press {
  readonly x: number;
  readonly look: Look;
  dragged: boolean;
}

function listen(element: HTMLElement, pointer: Signal<Pointer | null>, given: { readonly current: Given }): () => void {
  const listening = new AbortController();
  let press: Press | null = null;
  const on = <Name extends keyof HTMLElementEventMap>(name: Name, heard: (event: HTMLElementEventMap[Name]) => void) =>
    element.addEventListener(name, heard, { signal: listening.signal, passive: false });
  on("pointerdown", (event) => {
    press = pressed(event, placeOf(event, element), element, given.current);
  });
  on("pointermove", (event) => {
    const at = placeOf(event, element);
    if (press) drag(press, event, at, element, given.current);
    pointer.value = press?.dragged || event.pointerType === "touch" ? null : at;
    given.current.crosshair.value = at.x >= given.current.scale.left ? timeAt(given.current.scale, at.x) : null;
  });
  on("pointerup", (event) => {
    if (press && !press.dragged) choose(placeOf(event, element), given.current);
    press = null;
  });
  on("pointercancel", () => {
    press = null;
  });
  on("pointerleave", () => {
    pointer.value = given.current.crosshair.value = null;
  });
  on("dblclick", (event) => {
    const under = whatIsUnder(given.current.placed, placeOf(event, element));
    if (under) given.current.onOpen(under.row, under.bar ?? null);
  });
  on("wheel", (event) => turned(event, given.current, placeOf(event, element).x));
  return () => listening.abort();
}

function placeOf(event: MouseEvent, element: HTMLElement): Pointer {
  const box = element.getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
}

/** On the scrollbar nothing is dragged. */
function pressed(event: PointerEvent, { x }: Pointer, element: HTMLElement, { look, scale }: Given): Press | null {
  if (event.button !== 0 || x > element.clientWidth) return null;
  return { x, look: { span: look.span, to: scale.to }, dragged: false };
}

function drag(
  press: Press,
  event: PointerEvent,
  at: Pointer,
  element: HTMLElement,
  { scale, onLook, now }: Given,
): void {
  if (Math.abs(at.x - press.x) > DRAG && !press.dragged) {
    press.dragged = true;
    element.setPointerCapture(event.pointerId);
  }
  if (press.dragged) onLook(panned(press.look, ((press.x - at.x) * (scale.to - scale.from)) / scale.width, now));
}

function choose(at: Pointer, { placed, onChoose }: Given): void {
  const under = whatIsUnder(placed, at);
  onChoose(under && { row: under.row.id, seq: under.bar?.span.seq ?? null });
}

function turned(event: WheelEvent, { look, onLook, now, scale }: Given, x: number): void {
  const across = event.deltaX || (event.shiftKey ? event.deltaY : 0);
  if (event.ctrlKey || event.metaKey) {
    onLook(zoomed(look, Math.exp(event.deltaY * WHEEL), now, timeAt(scale, x)));
  } else if (Math.abs(across) > Math.abs(event.deltaY) || event.shiftKey) {
    onLook(panned(look, (across / scale.width) * (scale.to - scale.from), now));
  } else {
    return;
  }
  event.preventDefault();
}

/** Keys of the lanes while they have the focus. */
export function useKeys(given: Given) {
  const filled = useRef("");
  return (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { look, onLook, now, chosen, scale } = given;
    const acts = new Map<string, () => void>([
      ["w", () => onLook(zoomed(look, 0.5, now, pointOf(given)))],
      ["s", () => onLook(zoomed(look, 2, now, pointOf(given)))],
      ["a", () => onLook(panned(look, -(scale.to - scale.from) / 4, now))],
      ["d", () => onLook(panned(look, (scale.to - scale.from) / 4, now))],
      ["l", () => onLook({ span: look.span, to: null })],
      ["f", () => fit(given, filled)],
      ["p", () => pin(given)],
      ["ArrowDown", () => step(given, 1)],
      ["ArrowUp", () => step(given, -1)],
      ["j", () => step(given, 1)],
      ["k", () => step(given, -1)],
      ["ArrowRight", () => along(given, 1)],
      ["ArrowLeft", () => along(given, -1)],
      ["Enter", () => open(given)],
      ["Escape", () => given.onChoose(null)],
    ]);
    const act = acts.get(event.key);
    if (!act || (event.key === "Escape" && !chosen)) return;
    act();
    event.preventDefault();
    event.stopPropagation();
  };
}

export type Given = LanesProps & { shown: readonly LaneRow[]; placed: readonly PlacedRow[]; scale: Scale };

function rowOf({ shown, chosen }: Given): LaneRow | undefined {
  return shown.find(({ id }) => id === chosen?.row);
}

function barOf(given: Given): Bar | undefined {
  const row = rowOf(given);
  return row && barsOf(row, given.scale, given.now).find(({ span }) => span.seq === given.chosen?.seq);
}

/** Around what is chosen, or what is pointed at. */
function pointOf(given: Given): number | null {
  const span = barOf(given)?.span;
  return span ? (span.from + (span.to ?? given.now)) / 2 : given.crosshair.peek();
}

function step(given: Given, by: number): void {
  const { shown, onChoose } = given;
  const lanes = shown.filter(({ kind }) => kind === "agent");
  const at = lanes.findIndex(({ id }) => id === given.chosen?.row);
  const next = lanes[Math.min(lanes.length - 1, Math.max(0, at < 0 ? (by > 0 ? 0 : lanes.length - 1) : at + by))];
  if (next) onChoose({ row: next.id, seq: null });
}

/** To the bar before or after, in the order of time; from the lane alone to its newest. */
function along(given: Given, by: number): void {
  const row = rowOf(given);
  if (!row) {
    step(given, 1);
    return;
  }
  const bars = barsOf(row, given.scale, given.now).sort((one, other) => one.x - other.x);
  const at = bars.findIndex(({ span }) => span.seq === given.chosen?.seq);
  const next = bars[at < 0 ? bars.length - 1 : Math.min(bars.length - 1, Math.max(0, at + by))];
  if (next) given.onChoose({ row: row.id, seq: next.span.seq });
}

function open(given: Given): void {
  const row = rowOf(given);
  if (row) given.onOpen(row, barOf(given) ?? null);
}

function pin(given: Given): void {
  const row = rowOf(given);
  if (row) given.onPin?.(row);
}

/** Shows what is chosen as large as it can be; a second time, or with nothing chosen, all there is. */
function fit(given: Given, filled: { current: string }): void {
  const { onLook, now, chosen, rows } = given;
  const bar = barOf(given);
  const key = bar ? `${chosen?.row} ${chosen?.seq}` : "";
  if (bar && filled.current !== key) {
    filled.current = key;
    onLook(fitted(bar.span.from, bar.span.to ?? now, now));
    return;
  }
  filled.current = "";
  const spans = rows.flatMap(({ lane }) => [...lane.runs, ...lane.calls]);
  const first = spans.reduce((least, { from }) => Math.min(least, from), now);
  if (spans.length > 0) onLook(fitted(first, now, now));
}
