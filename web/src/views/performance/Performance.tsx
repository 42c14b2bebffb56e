import { useComputed, useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useMemo } from "preact/hooks";
import type { Ui } from "../../ui";
import { useTurns } from "../../use-turns";
import { Failure, Guard } from "../Guard";
import { ApiCalls, type ChartProps, Cpu, Latency, Memory, ResponseTimes, Throughput, Tokens } from "./Charts";
import { HeatMap } from "./HeatMap";
import { Asking, type Measured, useMeasured } from "./measured";
import { gridOf, SPANS, spanNamed } from "./span";
import { SlowestPanel, UsagePanel } from "./Usage";
import "./performance.css";

const APART = 500;

const CHARTS = [
  ["The throughput", Throughput],
  ["The response time of tools", ResponseTimes],
  ["The way from hook to screen", Latency],
  ["The heat map", HeatMap],
  ["The tokens", Tokens],
  ["The API calls", ApiCalls],
  ["The CPU by service", Cpu],
  ["The memory by service", Memory],
] as const;

export function Performance({ ui }: { ui: Ui }) {
  return (
    <>
      <Range ui={ui} />
      <Charts ui={ui} />
    </>
  );
}

/** All over the same time, with one crosshair. */
function Charts({ ui }: { ui: Ui }) {
  const crosshair = useSignal<number | null>(null);
  const measured = useMeasured(ui);
  return (
    <>
      <Asking ui={ui} measured={measured} />
      <Failing measured={measured} />
      <div class="charts">
        {CHARTS.map(([what, Chart]) => (
          <Guard key={what} what={what}>
            <Stepwise live={ui} Chart={Chart} measured={measured} crosshair={crosshair} />
          </Guard>
        ))}
        <Guard what="The response times">
          <UsagePanel ui={ui} />
        </Guard>
        <Guard what="The slowest calls">
          <SlowestPanel ui={ui} />
        </Guard>
      </div>
    </>
  );
}

/** What cannot be had, once for all charts that would show it. */
function Failing({ measured: { failing } }: { measured: Measured }) {
  const all = [...failing.value.values()];
  const [first] = all;
  if (!first) return null;
  const retry = () => {
    for (const each of all) each.retry();
  };
  return <Failure what="A part of the charts" why={first.error} retry={retry} />;
}

type StepwiseProps = Omit<ChartProps, "ui" | "grid"> & { Chart: ComponentType<ChartProps> };

/** A chart that is drawn when a step of time has ended, and each in its turn. */
function Stepwise({ live, Chart, ...props }: StepwiseProps) {
  const ui = useTurns(live, APART);
  const span = spanNamed(ui.address.place.value.get("range"));
  const now = useComputed(() => {
    const { step } = spanNamed(ui.address.place.value.get("range"));
    return Math.floor(ui.shown.now.value / step) * step;
  }).value;
  // The first state is drawn at once.
  const known = useComputed(() => ui.shown.state.value !== null).value;
  const grid = useMemo(() => gridOf(span, now), [span, now, known]);
  return <Chart ui={ui} live={live} grid={grid} {...props} />;
}

function Range({ ui }: { ui: Ui }) {
  const { id } = spanNamed(ui.address.place.value.get("range"));
  return (
    <div class="ranges" role="group" aria-label="Time shown">
      {SPANS.map((span, index) => (
        <button
          key={span.id}
          type="button"
          class="button"
          aria-pressed={span.id === id}
          data-range={span.id === id ? "" : undefined}
          onClick={() => ui.address.go({ range: index === 0 ? null : span.id })}
        >
          {span.title}
        </button>
      ))}
      <span class="ranges-note">Drag over a chart to see the events of that time.</span>
    </div>
  );
}
