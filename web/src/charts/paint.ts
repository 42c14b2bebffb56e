import type { Session } from "../state";
import { percent, shortened } from "../text";
import type { Size } from "./canvas";
import { fillsOf, toneOf } from "./fill";
import { type Bar, barAt, type Chosen, type LaneRow } from "./lanes";
import type { Palette } from "./palette";
import { type Scale, ticksOf, timeOfDay, xOf } from "./timeline";

export const AXIS = 24;
export const ROW = 24;
const BAR = 12;
const RUN = 18;

/** A row in its place: `y` is its upper edge on the canvas. */
export interface PlacedRow {
  readonly row: LaneRow;
  readonly y: number;
  readonly bars: readonly Bar[];
}

export interface Picture {
  readonly size: Size;
  readonly gutter: number;
  readonly scale: Scale;
  readonly rows: readonly PlacedRow[];
  /** So many of the rows are held above the others, which scroll below them. */
  readonly held: number;
  readonly follows: boolean;
  readonly selected: Chosen | null;
  /** The time under the pointer. */
  readonly pointed: number | null;
  readonly stripes: readonly string[];
  readonly hue: (name: string) => number;
}

/** A place on the canvas. */
export interface Pointer {
  readonly x: number;
  readonly y: number;
}

export function whatIsUnder(
  placed: readonly PlacedRow[],
  { x, y }: Pointer,
): { row: LaneRow; bar: Bar | undefined } | null {
  if (y < AXIS) return null;
  const found = placed.find((each) => y >= each.y && y < each.y + ROW);
  return found ? { row: found.row, bar: barAt(found.bars, x) } : null;
}

/** Draws all of the lanes; cheap enough for every frame. */
export function paint(context: CanvasRenderingContext2D, picture: Picture, palette: Palette): void {
  context.textBaseline = "middle";
  drawGrid(context, picture, palette);
  for (const placed of picture.rows.slice(picture.held)) drawRow(context, placed, picture, palette);
  drawHeld(context, picture, palette);
  drawAxis(context, picture, palette);
  if (picture.pointed !== null) drawPointed(context, picture, picture.pointed, palette);
}

function drawHeld(context: CanvasRenderingContext2D, picture: Picture, palette: Palette): void {
  const { held, size, rows } = picture;
  if (held === 0) return;
  context.fillStyle = palette.surface;
  context.fillRect(0, AXIS, size.width, held * ROW);
  for (const placed of rows.slice(0, held)) drawRow(context, placed, picture, palette);
  context.fillStyle = palette.control;
  context.fillRect(0, AXIS + held * ROW, size.width, 1);
}

function drawGrid(context: CanvasRenderingContext2D, { size, scale }: Picture, palette: Palette): void {
  context.fillStyle = palette.line;
  context.globalAlpha = 0.6;
  for (const { x } of ticksOf(scale)) context.fillRect(Math.round(x), AXIS, 1, size.height - AXIS);
  context.globalAlpha = 1;
}

function drawAxis(context: CanvasRenderingContext2D, picture: Picture, palette: Palette): void {
  const { size, scale, follows } = picture;
  context.fillStyle = palette.surface;
  context.fillRect(0, 0, size.width, AXIS);
  context.fillStyle = palette.line;
  context.fillRect(0, AXIS - 1, size.width, 1);
  context.font = `11px ${palette.prose}`;
  context.fillStyle = palette.muted;
  context.textAlign = "center";
  for (const { x, label } of ticksOf(scale)) {
    if (x > scale.left + 22 && x < size.width - 64) context.fillText(label, x, AXIS / 2);
  }
  context.textAlign = "right";
  if (follows) {
    context.fillStyle = palette.accent;
    context.fillText("now", size.width - 6, AXIS / 2);
    context.fillRect(size.width - 1, AXIS, 1, size.height - AXIS);
  }
  context.textAlign = "left";
}

function drawPointed(
  context: CanvasRenderingContext2D,
  { size, scale }: Picture,
  time: number,
  palette: Palette,
): void {
  const x = Math.round(xOf(scale, time));
  if (x < scale.left || x > size.width) return;
  context.fillStyle = palette.muted;
  context.fillRect(x, AXIS, 1, size.height - AXIS);
  context.font = `11px ${palette.prose}`;
  const label = timeOfDay(time, true);
  const width = context.measureText(label).width + 10;
  const left = Math.min(size.width - width, Math.max(scale.left, x - width / 2));
  context.fillStyle = palette.raised;
  context.fillRect(left, 2, width, AXIS - 5);
  context.fillStyle = palette.text;
  context.fillText(label, left + 5, AXIS / 2);
}

function drawRow(context: CanvasRenderingContext2D, placed: PlacedRow, picture: Picture, palette: Palette): void {
  const { row, y } = placed;
  const selected = picture.selected?.row === row.id;
  if (selected) {
    context.fillStyle = palette.raised;
    context.fillRect(0, y, picture.size.width, ROW);
    context.fillStyle = palette.accent;
    context.fillRect(0, y, 2, ROW);
  }
  if (row.kind === "session") {
    drawSession(context, row, y, picture, palette);
    return;
  }
  drawName(context, row, y, picture, palette);
  context.save();
  context.beginPath();
  context.rect(picture.gutter, y, picture.size.width - picture.gutter, ROW);
  context.clip();
  for (const bar of placed.bars) drawBar(context, bar, y, selected && picture.selected?.seq === bar.span.seq, palette);
  for (const bar of placed.bars) if (isClear(bar, placed.bars)) drawLabel(context, bar, y, palette);
  context.restore();
}

function drawSession(
  context: CanvasRenderingContext2D,
  row: LaneRow,
  y: number,
  picture: Picture,
  palette: Palette,
): void {
  const { size, gutter } = picture;
  context.fillStyle = palette.line;
  context.fillRect(0, y, size.width, 1);
  const filled = row.session ? drawFills(context, row.session, y, picture, palette) : false;
  context.font = `600 11px ${palette.prose}`;
  const name = fitting(context, row.name, filled ? Math.max(gutter, 160) - 16 : size.width - 20);
  if (filled) {
    context.fillStyle = palette.surface;
    context.fillRect(0, y + 1, Math.max(gutter, context.measureText(name).width + 16), ROW - 1);
  }
  context.fillStyle = palette.muted;
  context.fillText(name, 10, y + ROW / 2 + 1);
}

const FILL = ROW - 6;

/** How full the context of a session was, in steps as it was measured; false where nothing of it is in sight. */
function drawFills(
  context: CanvasRenderingContext2D,
  session: Session,
  y: number,
  { size, scale, gutter }: Picture,
  palette: Palette,
): boolean {
  const fills = fillsOf(session);
  const bottom = y + ROW - 2;
  const end = Math.min(size.width, xOf(scale, Date.parse(session.ended ?? "") || scale.to));
  let last: number | null = null;
  let first = end;
  fills.forEach(({ time, fraction }, index) => {
    const next = fills[index + 1];
    const from = Math.max(gutter, xOf(scale, time));
    const to = Math.min(end, next ? xOf(scale, next.time) : end);
    if (to <= from) return;
    last = fraction;
    first = Math.min(first, from);
    const height = Math.max(1, Math.min(1, fraction) * FILL);
    context.fillStyle = palette[toneOf(fraction, session.context_thresholds)];
    context.globalAlpha = 0.3;
    context.fillRect(from, bottom - height, to - from, height);
    context.globalAlpha = 1;
    context.fillRect(from, bottom - height, to - from, 1.5);
  });
  if (last === null) return false;
  drawCompaction(context, xOf(scale, Date.parse(session.compacted ?? "")), bottom, { gutter, end, palette });
  drawFilled(context, last, session, { first, gutter, y, palette });
  return true;
}

interface Within {
  readonly gutter: number;
  readonly end: number;
  readonly palette: Palette;
}

/** Nowhere where there was none. */
function drawCompaction(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  { gutter, end, palette }: Within,
): void {
  if (!(x >= gutter && x <= end)) return;
  context.fillStyle = palette.text;
  context.fillRect(Math.round(x) - 1, y - FILL, 3, FILL);
}

interface At {
  readonly first: number;
  readonly gutter: number;
  readonly y: number;
  readonly palette: Palette;
}

/** Before the line, or where that has begun earlier on it. */
function drawFilled(
  context: CanvasRenderingContext2D,
  fraction: number,
  session: Session,
  { first, gutter, y, palette }: At,
): void {
  const tone = toneOf(fraction, session.context_thresholds);
  context.font = `11px ${palette.prose}`;
  const label = `context ${percent(fraction)}`;
  const width = context.measureText(label).width + 8;
  const left = Math.max(gutter + 2, first - width - 2);
  context.fillStyle = palette.surface;
  context.fillRect(left, y + 4, width, ROW - 8);
  context.fillStyle = tone === "control" ? palette.muted : palette[tone];
  context.fillText(label, left + 4, y + ROW / 2 + 1);
}

const WIDE = 180;

const SIGNS = new Map<string, "ok" | "warn" | "crit" | "muted">([
  ["active", "ok"],
  ["waiting", "warn"],
  ["stalled", "warn"],
  ["failed", "crit"],
  ["lost", "crit"],
]);

function drawName(
  context: CanvasRenderingContext2D,
  row: LaneRow,
  y: number,
  { gutter, stripes, hue }: Picture,
  palette: Palette,
): void {
  const indent = Math.min(row.depth, 4) * (gutter < WIDE ? 6 : 12);
  const middle = y + ROW / 2;
  drawBranch(context, indent, y, palette);
  context.fillStyle = stripes[hue(row.name)] ?? palette.muted;
  context.fillRect(12 + indent, middle - 6, 3, 12);
  const tone = SIGNS.get(row.status) ?? "muted";
  context.fillStyle = tone === "muted" ? palette.muted : palette.text;
  context.font = `12px ${palette.data}`;
  context.fillText(fitting(context, row.name, gutter - indent - 42), 21 + indent, middle + 1);
  context.strokeStyle = context.fillStyle = palette[tone];
  drawSign(context, row.status, gutter - 12, middle);
}

/** From the lane above, which is the caller or another it has called. */
function drawBranch(context: CanvasRenderingContext2D, indent: number, y: number, palette: Palette): void {
  if (indent === 0) return;
  context.fillStyle = palette.control;
  context.fillRect(indent + 1, y, 1, ROW / 2);
  context.fillRect(indent + 1, y + ROW / 2, 6, 1);
}

/** The shapes that stand beside the words of a status elsewhere. */
function drawSign(context: CanvasRenderingContext2D, status: string, x: number, y: number): void {
  context.lineWidth = 1.5;
  context.beginPath();
  if (status === "waiting") context.rect(x - 3.5, y - 3.5, 7, 7);
  else if (status === "failed" || status === "lost") cross(context, x, y, 3.5);
  else if (status === "completed") check(context, x, y);
  else context.arc(x, y, status === "active" ? 3.5 : 3, 0, Math.PI * 2);
  if (status === "active" || status === "waiting") context.fill();
  else context.stroke();
}

function check(context: CanvasRenderingContext2D, x: number, y: number): void {
  context.moveTo(x - 4, y + 0.5);
  context.lineTo(x - 1, y + 3.5);
  context.lineTo(x + 4, y - 3);
}

function cross(context: CanvasRenderingContext2D, x: number, y: number, size: number): void {
  context.moveTo(x - size, y - size);
  context.lineTo(x + size, y + size);
  context.moveTo(x + size, y - size);
  context.lineTo(x - size, y + size);
}

function drawBar(
  context: CanvasRenderingContext2D,
  bar: Bar,
  y: number,
  selected: boolean | undefined,
  palette: Palette,
): void {
  const { shape, span } = bar;
  const height = shape === "run" ? RUN : BAR;
  const top = Math.round(y + (ROW - height) / 2);
  if (shape === "run") drawRun(context, bar, top, palette);
  else if (shape === "wait") drawWait(context, bar, top, palette);
  else drawCall(context, bar, top, palette);
  if (span.failed > 0) drawFailure(context, bar, y + ROW / 2, palette);
  if (!selected) return;
  context.strokeStyle = palette.text;
  context.lineWidth = 2;
  context.strokeRect(bar.x - 1, top - 1, bar.width + 2, height + 2);
}

function drawRun(context: CanvasRenderingContext2D, { x, width, span }: Bar, top: number, palette: Palette): void {
  context.fillStyle = palette.control;
  context.globalAlpha = 0.22;
  context.fillRect(x, top, width, RUN);
  context.globalAlpha = 0.9;
  context.fillRect(x, top, 1, RUN);
  if (span.to !== null) context.fillRect(x + width - 1, top, 1, RUN);
  context.globalAlpha = 1;
}

function drawCall(context: CanvasRenderingContext2D, bar: Bar, top: number, palette: Palette): void {
  const { x, width, span, shape } = bar;
  const colour = span.failed === span.count ? palette.crit : palette.accent;
  if (shape === "delegation" && width > 4) {
    context.strokeStyle = colour;
    context.lineWidth = 1;
    context.strokeRect(x + 0.5, top + 0.5, width - 1, BAR - 1);
  } else {
    context.fillStyle = colour;
    context.fillRect(x, top, Math.max(1, width - 1), BAR);
  }
}

const LABEL = 48;

/** Whether there is room for a label: nothing else is drawn over the bar. */
function isClear(bar: Bar, bars: readonly Bar[]): boolean {
  const { shape, x, width } = bar;
  if (width < LABEL || shape === "run" || shape === "wait") return false;
  return !bars.some(
    (each) => each !== bar && each.shape !== "run" && each.x < x + width && each.x + each.width > x + 1,
  );
}

function drawLabel(context: CanvasRenderingContext2D, bar: Bar, y: number, palette: Palette): void {
  const { shape, x, width, span } = bar;
  context.fillStyle = shape === "delegation" ? palette.accent : palette.bg;
  context.font = `10px ${palette.data}`;
  context.fillText(fitting(context, span.label || span.tool, width - 8), x + 4, y + ROW / 2 + 0.5);
}

/** Hatched: it stands still until a human answers. */
function drawWait(context: CanvasRenderingContext2D, bar: Bar, top: number, palette: Palette): void {
  const { x, width } = bar;
  context.save();
  context.beginPath();
  context.rect(x, top, width, BAR);
  context.clip();
  context.fillStyle = palette.surface;
  context.fillRect(x, top, width, BAR);
  context.strokeStyle = palette.warn;
  context.lineWidth = 2;
  context.beginPath();
  for (let at = Math.floor(x / 6) * 6 - BAR; at < x + width; at += 6) {
    context.moveTo(at, top + BAR);
    context.lineTo(at + BAR, top);
  }
  context.stroke();
  context.restore();
  context.strokeStyle = palette.warn;
  context.lineWidth = 1;
  context.strokeRect(x + 0.5, top + 0.5, Math.max(1, width - 1), BAR - 1);
  if (bar.span.to === null) drawBell(context, x + width - 11, top + BAR / 2, palette);
}

/** Rings at the end of a wait that goes on. */
function drawBell(context: CanvasRenderingContext2D, x: number, y: number, palette: Palette): void {
  context.fillStyle = palette.surface;
  context.beginPath();
  context.arc(x, y, 8, 0, Math.PI * 2);
  context.fill();
  context.fillStyle = palette.warn;
  context.beginPath();
  context.moveTo(x - 5.5, y + 3);
  context.quadraticCurveTo(x - 3.5, y + 1, x - 3.5, y - 2);
  context.arc(x, y - 2, 3.5, Math.PI, 0);
  context.quadraticCurveTo(x + 3.5, y + 1, x + 5.5, y + 3);
  context.closePath();
  context.arc(x, y + 4, 1.8, 0, Math.PI);
  context.fill();
}

function drawFailure(context: CanvasRenderingContext2D, { x, width }: Bar, y: number, palette: Palette): void {
  const at = x + Math.min(width, Math.max(width - 1, 0));
  context.beginPath();
  cross(context, at, y, 4);
  context.strokeStyle = palette.surface;
  context.lineWidth = 4;
  context.stroke();
  context.strokeStyle = palette.crit;
  context.lineWidth = 2;
  context.stroke();
}

const LONGEST = 200;
const FITTED = new Map<string, string>();

/** As much of the text as fits. What was measured once is remembered: measuring is most of the cost of drawing. */
export function fitting(context: CanvasRenderingContext2D, whole: string, width: number): string {
  const text = shortened(whole, LONGEST);
  const room = Math.floor(width / 4) * 4;
  const key = `${context.font} ${room} ${text}`;
  const known = FITTED.get(key);
  if (known !== undefined) return known;
  if (FITTED.size > 2000) FITTED.clear();
  let fitted = text;
  for (let length = text.length - 1; length > 0 && context.measureText(fitted).width > room; length--) {
    fitted = `${text.slice(0, length)}…`;
  }
  if (context.measureText(fitted).width > room) fitted = "";
  FITTED.set(key, fitted);
  return fitted;
}
