import UPlot from "uplot";
import { utc } from "../zone";
import type { Size } from "./canvas";
import type { Colour, Palette } from "./palette";
import { distinct, roundUp, type Series } from "./plot";
import { timeOfDay } from "./timeline";

export interface Look {
  readonly palette: Palette;
  readonly lines: readonly { readonly label: string; readonly colour: Colour; readonly kind?: "area" | "bars" }[];
  readonly size: Size;
  readonly stack: boolean;
  readonly format: (value: number) => string;
}

export interface Told {
  /** The pointer is at this time; null where it has left. */
  moved(time: number | null): void;
  brushed(from: number, to: number): void;
}

/** A chart that is drawn. Times in milliseconds. */
export interface Plotted {
  show(data: UPlot.AlignedData, from: number, to: number): void;
  point(time: number | null): void;
  destroy(): void;
}

const SECONDS = 1e-3;
const AXIS = 56;

/** The only place that knows uPlot. */
export function plotted(box: HTMLElement, look: Look, told: Told): Plotted {
  let pointed = false;
  const hooks: UPlot.Hooks.Arrays = {
    setCursor: [
      (plot) => {
        const { left = -1, event } = plot.cursor;
        if (!event || !pointed) return;
        told.moved(left < 0 ? null : plot.posToVal(left, "x") / SECONDS);
      },
    ],
    setSelect: [
      (plot) => {
        const { left, width } = plot.select;
        if (width > 0) told.brushed(plot.posToVal(left, "x") / SECONDS, plot.posToVal(left + width, "x") / SECONDS);
        plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
      },
    ],
  };
  const plot = new UPlot(options(look, hooks), [[], ...look.lines.map(() => [])], box);
  plot.over.addEventListener("pointerenter", () => {
    pointed = true;
  });
  plot.over.addEventListener("pointerleave", () => {
    pointed = false;
    told.moved(null);
  });
  return {
    show: (data, from, to) =>
      plot.batch(() => {
        plot.setData(data, false);
        plot.setScale("x", { min: from * SECONDS, max: to * SECONDS });
      }),
    point: (time) => {
      if (pointed) return;
      const left = time === null ? -10 : plot.valToPos(time * SECONDS, "x");
      plot.setCursor({ left, top: left < 0 ? -10 : 0 }, false);
    },
    destroy: () => plot.destroy(),
  };
}

/** What uPlot draws: seconds, and a column for each series. */
export function alignedTo(times: readonly number[], all: readonly Series[]): (number | null)[][] {
  return [times.map((time) => time * SECONDS), ...all.map(({ values }) => [...values])];
}

function options({ palette, lines, size, stack, format }: Look, hooks: UPlot.Hooks.Arrays): UPlot.Options {
  const font = `11px ${palette.prose}`;
  const grid = { stroke: palette.line, width: 1 };
  return {
    ...size,
    padding: [8, 8, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: true, y: false, setScale: false, dist: 4 }, points: { size: 7 } },
    hooks,
    tzDate: (at) => (utc.value ? UPlot.tzDate(new Date(at / SECONDS), "Etc/UTC") : new Date(at / SECONDS)),
    scales: { x: { time: true }, y: { range: (_, __, most) => [0, roundUp(most ?? 1)] } },
    axes: [
      {
        stroke: palette.muted,
        font,
        grid,
        ticks: { show: false },
        size: 24,
        gap: 4,
        space: 84,
        values: (_, splits) => {
          const step = (splits[1] ?? 0) - (splits[0] ?? 0);
          return splits.map((at) => timeOfDay(at / SECONDS, step < 60));
        },
      },
      {
        stroke: palette.muted,
        font,
        grid,
        ticks: { show: false },
        size: AXIS,
        gap: 6,
        space: 32,
        values: (plot, splits) => (isKnown(plot) ? distinct(splits.map(format)) : splits.map(() => "")),
      },
    ],
    series: [{}, ...lines.map((line) => seriesOf(line, palette, stack))],
    bands: stack ? lines.slice(1).map((_, index) => ({ series: [index + 2, index + 1] as [number, number] })) : [],
  };
}

function seriesOf({ label, colour, kind }: Look["lines"][number], palette: Palette, stack: boolean): UPlot.Series {
  const stroke = palette[colour];
  const series: UPlot.Series = {
    label,
    stroke,
    width: 1.5,
    points: { show: !stack, filter: alone, size: 4 },
    spanGaps: false,
  };
  if (kind === "bars" && UPlot.paths.bars) {
    return { ...series, fill: stroke, width: 0, paths: UPlot.paths.bars({ size: [0.7, 12], radius: 0.15 }) };
  }
  if (kind === "area" || stack) return { ...series, fill: faded(stroke, stack ? 0.45 : 0.15) };
  return series;
}

/** Whether anything is to be drawn. */
function isKnown(plot: UPlot): boolean {
  return plot.data.slice(1).some((values) => [...(values ?? [])].some((value) => value != null));
}

/** Points only where no line would show a value: between two that are not known. */
function alone(plot: UPlot, series: number): number[] {
  const values = plot.data[series] ?? [];
  const found: number[] = [];
  for (let at = 0; at < values.length; at++) {
    if (values[at] != null && values[at - 1] == null && values[at + 1] == null) found.push(at);
  }
  return found;
}

/** `rgb(1, 2, 3)` with less than all of its strength. */
function faded(colour: string, alpha: number): string {
  return colour.replace(/^rgb\((.*)\)$/, `rgba($1, ${alpha})`);
}
