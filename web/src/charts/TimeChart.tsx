import { type Signal, useSignal } from "@preact/signals";
import type { ComponentChildren, RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type UPlot from "uplot";
import { clock } from "../text";
import { useSize } from "./canvas";
import { type Colour, usePalette } from "./palette";
import { nearest, type Series, stacked, summary } from "./plot";
import { alignedTo, type Look, type Plotted, plotted } from "./uplot";
import "uplot/dist/uPlot.min.css";
import { useUnique } from "../unique";

export interface Line extends Series {
  readonly colour: Colour;
  /** Filled down to the axis, or as bars; a line where nothing is said. */
  readonly kind?: "area" | "bars";
}

interface Props {
  title: string;
  times: readonly number[];
  lines: readonly Line[];
  format: (value: number) => string;
  /** What is shown of time, also where nothing is known. */
  from: number;
  to: number;
  /** The time that is pointed at, in all charts that share it; null where nothing is. */
  crosshair: Signal<number | null>;
  /** Takes the stretch of time that was dragged over, or marked with Shift and the arrow keys. */
  onBrush?: (from: number, to: number) => void;
  /** Each line on top of those before it. */
  stack?: boolean;
  /** Stands in place of the lines where there are none. */
  empty: string;
  note?: ComponentChildren;
}

const ROWS = 40;

/** Lines over time with a crosshair, which the arrow keys move; and the same as a table. */
export function TimeChart(props: Props) {
  const { title, lines, format, note } = props;
  const heading = useUnique();
  const asTable = useSignal(false);
  const known = lines.some(({ values }) => values.some((value) => value !== null));
  return (
    <section class="chart" aria-labelledby={heading}>
      <header class="chart-head">
        <h2 id={heading}>{title}</h2>
        {note && <span class="note">{note}</span>}
        <button
          type="button"
          class="button quiet"
          aria-pressed={asTable.value}
          onClick={() => {
            asTable.value = !asTable.value;
          }}
        >
          Table
        </button>
      </header>
      <Legend {...props} />
      <p class="unseen" id={`${heading}-summary`}>
        {summary(title, lines, format)}
      </p>
      {asTable.value ? <Table {...props} /> : <Plot {...props} described={`${heading}-summary`} known={known} />}
    </section>
  );
}

/** What each line is at the crosshair, and else its newest value. */
function Legend({ times, lines, format, crosshair }: Props) {
  const at = crosshair.value === null ? times.length - 1 : nearest(times, crosshair.value);
  return (
    <ul class="legend">
      {lines.map(({ label, values, colour }) => (
        <li key={label}>
          <i class={`key ${colour}`} aria-hidden="true" />
          {label}
          <b>{shown(crosshair.value === null ? latest(values) : values[at], format)}</b>
        </li>
      ))}
    </ul>
  );
}

function latest(values: readonly (number | null)[]): number | null {
  return values.findLast((value) => value !== null) ?? null;
}

function shown(value: number | null | undefined, format: (value: number) => string): string {
  return value === null || value === undefined ? "–" : format(value);
}

function Plot(props: Props & { described: string; known: boolean }) {
  const { title, times, lines, crosshair, format, described, known } = props;
  const box = useRef<HTMLDivElement>(null);
  usePlot(box, props);
  const move = useKeys(props);
  const at = crosshair.value === null ? times.length - 1 : nearest(times, crosshair.value);
  const values = lines.map(({ label, values }) => `${label} ${shown(values[at], format)}`).join(", ");
  return (
    <div
      class="plot"
      role="slider"
      tabIndex={0}
      aria-label={`${title}: time`}
      aria-describedby={described}
      aria-orientation="horizontal"
      aria-valuemin={0}
      aria-valuemax={Math.max(0, times.length - 1)}
      aria-valuenow={Math.max(0, at)}
      aria-valuetext={known ? `${clock(times[at] ?? 0).slice(0, 8)}: ${values}` : props.empty}
      onKeyDown={move}
    >
      <div class="plot-box" ref={box} aria-hidden="true" />
      {!known && <p class="plot-empty">{props.empty}</p>}
    </div>
  );
}

/** Keeps a chart of uPlot in the box. It is made anew when its look changes, and else told what is new. */
function usePlot(box: RefObject<HTMLDivElement | null>, props: Props): void {
  const { times, lines, crosshair, from, to, stack } = props;
  const palette = usePalette();
  const size = useSize(box);
  const made = useRef<Plotted | null>(null);
  const latest = useRef(props);
  latest.current = props;
  // Stands for the lines, whose values change all the time.
  const looks = lines.map(({ label, colour, kind = "line" }) => `${label} ${colour} ${kind}`).join("\n");
  useLayoutEffect(() => {
    const { current } = box;
    if (!current || size.width === 0) return;
    const look: Look = { palette, lines, size, stack: stack === true, format: (value) => latest.current.format(value) };
    made.current = plotted(current, look, {
      moved: (time) => {
        latest.current.crosshair.value = time;
      },
      brushed: (begin, end) => latest.current.onBrush?.(begin, end),
    });
    return () => {
      made.current?.destroy();
      made.current = null;
    };
  }, [box, palette, size, looks, stack]);
  useLayoutEffect(() => {
    made.current?.show(alignedTo(times, stack ? stacked(lines) : lines) as UPlot.AlignedData, from, to);
  }, [palette, size, looks, stack, times, lines, from, to]);
  useEffect(() => crosshair.subscribe((time) => made.current?.point(time)), [crosshair]);
}

const STEPS = new Map([
  ["ArrowLeft", -1],
  ["ArrowRight", 1],
  ["PageUp", -10],
  ["PageDown", 10],
]);

/** Arrow keys move the crosshair; with Shift they leave the other end of a stretch behind, which Enter takes. */
function useKeys({ times, crosshair, onBrush }: Props) {
  const anchor = useRef<number | null>(null);
  return (event: KeyboardEvent) => {
    const last = times.length - 1;
    const at = crosshair.peek() === null ? last : nearest(times, crosshair.peek() ?? 0);
    const step = STEPS.get(event.key) ?? (event.key === "Home" ? -last : event.key === "End" ? last : undefined);
    if (step !== undefined) {
      if (!event.shiftKey) anchor.current = null;
      else anchor.current ??= times[at] ?? null;
      crosshair.value = times[Math.min(last, Math.max(0, at + step))] ?? null;
      event.preventDefault();
    } else if (event.key === "Enter" && onBrush && anchor.current !== null) {
      const ends = [anchor.current, crosshair.peek() ?? anchor.current].sort((one, other) => one - other);
      onBrush(ends[0] ?? 0, ends[1] ?? 0);
    } else if (event.key === "Escape" && crosshair.peek() !== null) {
      crosshair.value = anchor.current = null;
      event.stopPropagation();
    }
  };
}

function Table({ title, times, lines, format }: Props) {
  const newest = times.map((time, index) => ({ time, index })).reverse();
  return (
    <section class="chart-table" tabIndex={0} aria-label={`${title} as a table`}>
      <table class="table">
        <thead>
          <tr>
            <th scope="col">Time</th>
            {lines.map(({ label }) => (
              <th scope="col" class="number" key={label}>
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {newest.slice(0, ROWS).map(({ time, index }) => (
            <tr key={time}>
              <th scope="row">{clock(time).slice(0, 8)}</th>
              {lines.map(({ label, values }) => (
                <td class="number" key={label}>
                  {shown(values[index], format)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {times.length > ROWS && (
        <p class="note">
          The newest {ROWS} of {times.length}.
        </p>
      )}
    </section>
  );
}
