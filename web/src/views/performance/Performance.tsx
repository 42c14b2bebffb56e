import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { Ui } from "../../ui";
import { Guard } from "../Guard";
import { ApiCalls, type ChartProps, Cpu, Latency, Memory, ResponseTimes, Throughput, Tokens } from "./Charts";
import { useSamples } from "./measured";
import { gridOf, SPANS, spanNamed } from "./span";
import { SlowestPanel, UsagePanel } from "./Usage";
import "./performance.css";

const CHARTS = [
  ["The throughput", Throughput],
  ["The response time of tools", ResponseTimes],
  ["The way from hook to screen", Latency],
  ["The tokens", Tokens],
  ["The API calls", ApiCalls],
  ["The CPU by service", Cpu],
  ["The memory by service", Memory],
] as const;

export function Performance({ ui }: { ui: Ui }) {
  return (
    <>
      <Range ui={ui} />
      <div class="charts">
        <Charts ui={ui} />
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

/** All over the same time, with one crosshair. */
function Charts({ ui }: { ui: Ui }) {
  const span = spanNamed(ui.address.place.value.get("range"));
  const now = Math.floor(ui.shown.now.value / span.step) * span.step;
  const known = ui.shown.state.value !== null;
  // The first state is drawn at once.
  const grid = useMemo(() => gridOf(span, now), [span, now, known]);
  const crosshair = useSignal<number | null>(null);
  const props: ChartProps = { ui, grid, measured: useSamples(ui), crosshair };
  return CHARTS.map(([what, Chart]) => (
    <Guard key={what} what={what}>
      <Chart {...props} />
    </Guard>
  ));
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
          onClick={() => ui.address.go({ range: index === 0 ? null : span.id })}
        >
          {span.title}
        </button>
      ))}
      <span class="ranges-note">Drag over a chart to see the events of that time.</span>
    </div>
  );
}
