import "../styles/query.css";
import { type ReadonlySignal, useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { count } from "../text";
import {
  type Brush,
  BUCKETS,
  barPath,
  barsTime,
  barWords,
  brushed,
  type Histogram as Counted,
  HEIGHT,
  highestOf,
  moved,
  summary,
  tableOf,
  ticksOf,
} from "./histogram";
import { HOUR, last, PRESETS, parseRange, type Range, rangeWords, shifted, wider, writtenRange } from "./range";
import { useHistogram } from "./use-histogram";

const MOST_TICKS = 6;

export interface HistogramProps {
  /** The query that the events match. */
  readonly q: string;
  /** null for the last hour, which is no choice of anybody. */
  readonly range: Range | null;
  readonly now: ReadonlySignal<number>;
  /** Changes when there may be new events; it is asked at most once a second, and never while the page is hidden. */
  readonly fresh: ReadonlySignal<unknown>;
  /** null takes the choice back. */
  readonly change: (range: Range | null) => void;
}

/** How many events there were when, and how many errors among them; a stretch of it can be chosen. */
export function Histogram({ q, range, now, fresh, change }: HistogramProps) {
  const brush = useSignal<Brush | null>(null);
  const table = useSignal(false);
  const shown = range ?? last(HOUR);
  const { counted, error, retry } = useHistogram(q, shown, now, fresh, brush);
  return (
    <section class="histogram" aria-label="Events over time">
      <div class="histogram-head">
        <Words counted={counted} brush={brush.value} />
        <Controls range={range} now={now} change={change} />
        <button type="button" class="button" aria-pressed={table.value} onClick={() => (table.value = !table.value)}>
          Table
        </button>
      </div>
      {error && (
        <p class="histogram-error" role="status">
          The events over time cannot be counted. {error}{" "}
          <button type="button" class="button" onClick={retry}>
            Try again
          </button>
        </p>
      )}
      {table.value && counted ? <Table counted={counted} /> : <Plot counted={counted} brush={brush} change={change} />}
    </section>
  );
}

function Words({ counted, brush }: { counted: Counted | null; brush: Brush | null }) {
  const said = !counted ? "Counting…" : brush ? barWords(counted, ...brushed(brush)) : summary(counted);
  return (
    <p class="histogram-words" title={said}>
      {said}
      {counted && counted.sampled > 1 && ` Sampled 1:${counted.sampled}.`}
    </p>
  );
}

function Controls({ range, now, change }: Pick<HistogramProps, "range" | "now" | "change">) {
  const shown = range ?? last(HOUR);
  const written = range ? writtenRange(range) : "";
  const known = range === null || PRESETS.some((each) => writtenRange(each) === written);
  return (
    <div class="histogram-controls">
      <button type="button" class="button" onClick={() => change(shifted(shown, now.peek(), -1))}>
        Earlier
      </button>
      <button
        type="button"
        class="button"
        disabled={shown.kind === "last"}
        onClick={() => change(shifted(shown, now.peek(), 1))}
      >
        Later
      </button>
      <button type="button" class="button" onClick={() => change(wider(shown, now.peek()))}>
        Wider
      </button>
      <label class="unseen" for="range">
        Time range
      </label>
      <select
        id="range"
        data-range=""
        class="button"
        value={written}
        onChange={({ currentTarget }) => change(parseRange(currentTarget.value))}
      >
        <option value="">All events</option>
        {PRESETS.map((each) => (
          <option key={each.span} value={writtenRange(each)}>
            {rangeWords(each, 0)}
          </option>
        ))}
        {!known && <option value={written}>{rangeWords(shown, now.peek())}</option>}
      </select>
    </div>
  );
}

interface PlotProps {
  readonly counted: Counted | null;
  readonly brush: { value: Brush | null };
  readonly change: (range: Range) => void;
}

function Plot({ counted, brush, change }: PlotProps) {
  const bars = useMemo(() => counted && pathsOf(counted), [counted]);
  const at = brush.value;
  const choose = () => {
    const chosen = brush.value;
    brush.value = null;
    if (counted && chosen) change(barsTime(counted, ...brushed(chosen)));
  };
  const pressed = (press: KeyboardEvent) => {
    const next = moved(at ?? { anchor: BUCKETS - 1, cursor: BUCKETS }, press.key, press.shiftKey && at !== null);
    if (next) brush.value = next;
    else if (press.key === "Enter" && at) choose();
    else if (press.key === "Escape" && at) brush.value = null;
    else return;
    press.preventDefault();
    press.stopPropagation();
  };
  return (
    <div
      class="histogram-plot"
      role="slider"
      tabIndex={0}
      aria-label="Bars of events over time: arrow keys read them, with Shift choose more, Enter shows those alone"
      aria-valuemin={1}
      aria-valuemax={BUCKETS}
      aria-valuenow={(at?.cursor ?? BUCKETS - 1) + 1}
      aria-valuetext={counted ? (at ? barWords(counted, ...brushed(at)) : summary(counted)) : "Counting"}
      onKeyDown={pressed}
      onBlur={() => (brush.value = null)}
      {...dragging(brush, choose)}
    >
      <svg class="histogram-bars" viewBox={`0 0 ${BUCKETS} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        {at && <Chosen brush={at} />}
        <path class="histogram-events" d={bars?.events ?? ""} />
        <path class="histogram-failed" d={bars?.errors ?? ""} />
      </svg>
      <span class="histogram-highest">{counted ? count(highestOf(counted)) : ""}</span>
      <div class="histogram-ticks" aria-hidden="true">
        {bars?.ticks.map(({ at, text }) => (
          <span key={at} class="histogram-tick" style={{ left: `${at * 100}%` }}>
            {text}
          </span>
        ))}
      </div>
    </div>
  );
}

function pathsOf(counted: Counted) {
  const highest = highestOf(counted);
  return {
    events: barPath(counted.counts, highest),
    errors: barPath(counted.errors, highest),
    ticks: ticksOf(barsTime(counted, 0, counted.counts.length), MOST_TICKS),
  };
}

function Chosen({ brush }: { brush: Brush }) {
  const [from, to] = brushed(brush);
  return <rect class="histogram-chosen" x={from} y="0" width={to - from} height={HEIGHT} />;
}

/** Pointing reads a bar, dragging chooses several; a touch that goes up or down still scrolls the page. */
function dragging(brush: { value: Brush | null }, choose: () => void) {
  type Point = PointerEvent & { readonly currentTarget: HTMLElement };
  const barAt = ({ currentTarget, clientX }: Point) => {
    const { left, width } = currentTarget.getBoundingClientRect();
    return Math.max(0, Math.min(BUCKETS - 1, Math.floor(((clientX - left) / width) * BUCKETS)));
  };
  const isDragged = (point: Point) => point.currentTarget.hasPointerCapture(point.pointerId);
  return {
    onPointerDown(point: Point) {
      if (point.button !== 0) return;
      point.currentTarget.setPointerCapture(point.pointerId);
      brush.value = { anchor: barAt(point), cursor: barAt(point) };
    },
    onPointerMove(point: Point) {
      const cursor = barAt(point);
      const anchor = isDragged(point) ? (brush.value?.anchor ?? cursor) : cursor;
      if (brush.value?.anchor !== anchor || brush.value.cursor !== cursor) brush.value = { anchor, cursor };
    },
    onPointerUp() {
      if (brush.value && brush.value.anchor !== brush.value.cursor) choose();
    },
    onPointerLeave(point: Point) {
      if (!isDragged(point)) brush.value = null;
    },
    onPointerCancel: () => (brush.value = null),
  };
}

function Table({ counted }: { counted: Counted }) {
  return (
    <div class="histogram-table" tabIndex={0}>
      <table class="table">
        <caption class="unseen">Events over time</caption>
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col" class="number">
              Events
            </th>
            <th scope="col" class="number">
              Errors
            </th>
          </tr>
        </thead>
        <tbody>
          {tableOf(counted).map(({ time, events, errors }) => (
            <tr key={time}>
              <th scope="row">{time}</th>
              <td class="number">{count(events)}</td>
              <td class="number">{count(errors)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
