import type { Signal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { lasting } from "../../charts/plot";
import { type Line, TimeChart } from "../../charts/TimeChart";
import { compact } from "../../text";
import type { Ui } from "../../ui";
import { happened, rates } from "./activity";
import { type Histogram, type Measured, useJourneys, useModelRequests, useResponseTimes } from "./measured";
import { inSteps, requestRates, type Sample } from "./samples";
import type { Grid } from "./span";
import { medians, STAGES, wholeWay } from "./stages";

export interface ChartProps {
  ui: Ui;
  /** As it is while `ui` waits for its turn. */
  live: Ui;
  grid: Grid;
  measured: Measured;
  crosshair: Signal<number | null>;
}

const COLOURS = ["series-1", "series-2", "series-3", "series-4", "series-6", "series-5"] as const;

/** What all charts share: the time they show, and that dragging leads to the events of that time. */
function common({ ui, grid, crosshair }: ChartProps) {
  const onBrush = (from: number, to: number) => {
    const [after, before] = [from, to].map((time) => new Date(time).toISOString().replace(/\.\d+/, ""));
    ui.address.go({ view: "events", q: `after:${after} before:${before}`, sel: null });
  };
  return { times: grid.times, from: grid.from, to: grid.to, crosshair, onBrush };
}

function perSecond(value: number): string {
  return `${value < 10 ? Number(value.toPrecision(2)) : compact(value)}/s`;
}

export function Throughput(props: ChartProps) {
  const { ui, grid } = props;
  const { events, errors } = useMemo(() => happened(ui.shown.state.peek(), grid), [ui, grid]);
  const lines: Line[] = [
    { label: "events", values: rates(events, grid), colour: "accent", kind: "area" },
    { label: "errors", values: rates(errors, grid), colour: "crit" },
  ];
  return <TimeChart title="Throughput" lines={lines} format={perSecond} empty="No event yet." {...common(props)} />;
}

export function ResponseTimes(props: ChartProps) {
  const { p50, p95, slowest } = useResponseTimes(props);
  const lines: Line[] = [
    { label: "slowest", values: slowest, colour: "series-5" },
    { label: "p95", values: p95, colour: "series-2" },
    { label: "p50", values: p50, colour: "series-1" },
  ];
  return (
    <TimeChart
      title="Response time of tools"
      lines={lines}
      format={lasting}
      empty="No tool call has ended in this time."
      {...common(props)}
    />
  );
}

export function Latency(props: ChartProps) {
  const { live, grid, measured } = props;
  const journeys = useJourneys(live, measured);
  const stages = medians(journeys.all, grid);
  const lines = STAGES.map((label, index): Line => {
    return { label, values: stages[index] ?? [], colour: COLOURS[index] ?? "accent" };
  });
  const p95 = wholeWay(journeys.all, 0.95);
  return (
    <TimeChart
      title="Hook to screen"
      note={p95 === null ? "medians" : `medians · p95 ${lasting(p95)}`}
      lines={lines}
      format={lasting}
      stack
      empty="No event has come while this was open."
      {...common(props)}
    />
  );
}

export function Tokens(props: ChartProps) {
  const { ui, grid } = props;
  const { tokens } = useMemo(() => happened(ui.shown.state.peek(), grid), [ui, grid]);
  const some = tokens.some((each) => each > 0);
  const values = some ? rates(tokens, grid, 60_000) : tokens.map(() => null);
  return (
    <TimeChart
      title="Tokens a minute"
      lines={[{ label: "tokens", values, colour: "accent", kind: "area" }]}
      format={compact}
      empty="No request to a model was told of in this time."
      {...common(props)}
    />
  );
}

/** A histogram's counts as a rate a minute, in the steps of the grid: it may be that of a moment ago. */
function inGrid(histogram: Histogram | null, counts: readonly number[] | undefined, grid: Grid): (number | null)[] {
  const values: (number | null)[] = grid.times.map(() => null);
  const from = Date.parse(histogram?.after ?? "");
  counts?.forEach((each, index) => {
    const at = grid.slot(from + (index + 0.5) * grid.span.step);
    if (at in values) values[at] = (each * 60_000) / grid.span.step;
  });
  return values;
}

export function ApiCalls(props: ChartProps) {
  const { grid, measured } = props;
  const value = useModelRequests(props);
  const { samples } = measured;
  const rate = useMemo(() => requestRates(samples.all), [samples, samples.all.length]);
  const lines: Line[] = [
    { label: "to models", values: inGrid(value, value?.counts, grid), colour: "series-1" },
    { label: "failed", values: inGrid(value, value?.errors, grid), colour: "crit" },
    { label: "to Lookout", values: inSteps(samples.all, grid, (sample) => rate.get(sample)), colour: "series-5" },
  ];
  return <TimeChart title="API calls a minute" lines={lines} format={compact} empty="None yet." {...common(props)} />;
}

interface Used extends ChartProps {
  title: string;
  of: (sample: Sample, service: string) => number | undefined;
  format: (value: number) => string;
}

function Usage({ title, of, format, ...props }: Used) {
  const { samples } = props.measured;
  const lines = samples.services.slice(0, COLOURS.length).map((service, index): Line => {
    const values = inSteps(samples.all, props.grid, (sample) => of(sample, service));
    return { label: service, values, colour: COLOURS[index] ?? "series-5" };
  });
  return (
    <TimeChart
      title={title}
      note="while this page was open"
      lines={lines}
      format={format}
      empty="No service told of itself in this time."
      {...common(props)}
    />
  );
}

function percentOfCore(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}

function megabytes(value: number): string {
  return `${Number((value / 1e6).toPrecision(3))} MB`;
}

export function Cpu(props: ChartProps) {
  return <Usage title="CPU by service" of={({ cpu }, service) => cpu[service]} format={percentOfCore} {...props} />;
}

export function Memory(props: ChartProps) {
  return (
    <Usage title="Memory by service" of={({ memory }, service) => memory[service]} format={megabytes} {...props} />
  );
}
