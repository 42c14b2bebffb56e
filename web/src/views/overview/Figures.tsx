import { useComputed } from "@preact/signals";
import type { ComponentChildren } from "preact";
import type { Colour } from "../../charts/palette";
import { Sparkline } from "../../charts/Sparkline";
import { agentsOf, countsOf } from "../../state";
import { compact, count, took } from "../../text";
import type { Ui } from "../../ui";
import { KIND_WORDS, partsOf } from "../sessions/spent";
import { TokenBar } from "../sessions/TokenBar";
import { change, difference, mean, series, spendingOf, sum, touches } from "./figures";
import type { Watch } from "./watch";

interface Props {
  ui: Ui;
  watch: Watch;
}

export function Figures({ ui, watch }: Props) {
  return (
    <dl class="figures">
      <Agents ui={ui} watch={watch} />
      <Throughput ui={ui} />
      <Durations ui={ui} watch={watch} />
      <Errors ui={ui} />
      <Tokens ui={ui} />
      <Files ui={ui} />
    </dl>
  );
}

interface FigureProps {
  name: string;
  value: ComponentChildren;
  /** Against what was before, and against what that is. */
  delta?: string;
  against?: string;
  note: string;
  tone?: string;
  children?: ComponentChildren;
}

function Figure({ name, value, delta, against, note, tone = "", children }: FigureProps) {
  return (
    <div class="figure">
      <dt>{name}</dt>
      <dd class={`figure-value ${tone}`}>
        {value}
        {delta && (
          <span class="figure-delta" title={`${delta} ${against}`}>
            {delta}
            <span class="unseen"> {against}</span>
          </span>
        )}
      </dd>
      <dd class="figure-course">{children}</dd>
      <dd class="figure-note" title={note}>
        {note}
      </dd>
    </div>
  );
}

function Agents({ ui, watch }: Props) {
  const course = useComputed(() => watch.follow(ui.shown.rows.peek()).pulse.course(ui.shown.now.value).agents);
  const { active, agents } = countsOf(ui.shown.state.value);
  const waiting = agentsOf(ui.shown.state.value).filter(({ value }) => value.status === "waiting").length;
  const before = course.value[0] ?? 0;
  return (
    <Figure
      name="Active agents"
      value={
        <>
          {count(active)}
          <span class="figure-of"> / {count(agents)}</span>
        </>
      }
      delta={difference(course.value.at(-2) ?? 0, before)}
      against="agents at work than five minutes ago"
      note={waiting > 0 ? `${count(waiting)} waiting for you` : "none waits for you"}
    >
      <Course values={course.value} label="Agents at work over the last five minutes" />
    </Figure>
  );
}

interface CourseProps {
  values: readonly (number | null)[];
  label: string;
  colour?: Colour;
  format?: (value: number) => string;
}

function Course({ values, label, colour = "accent", format = compact }: CourseProps) {
  const most = values.reduce<number>((highest, value) => Math.max(highest, value ?? 0), 0);
  const last = values.findLast((value) => value !== null) ?? 0;
  return (
    <Sparkline values={values} colour={colour} label={`${label}: ${format(last)} last, ${format(most)} at most`} />
  );
}

const LATELY = 10;
const BEFORE = 60;

function Throughput({ ui }: { ui: Ui }) {
  // The second that goes on is not over, and the server tells of one a little later.
  const seconds = series(ui.shown.state.value, "events", "seconds", 122, ui.shown.now.value).slice(0, 120);
  const rate = mean(seconds.slice(-LATELY));
  const before = mean(seconds.slice(-LATELY - BEFORE, -LATELY));
  return (
    <Figure
      name="Events per second"
      value={perSecond(rate)}
      delta={change(rate, before)}
      against="than in the minute before"
      note={`${count(countsOf(ui.shown.state.value).events)} so far`}
    >
      <Course values={seconds} label="Events per second over the last two minutes" />
    </Figure>
  );
}

function perSecond(rate: number): string {
  return rate > 0 && rate < 10 ? rate.toFixed(1) : compact(Math.round(rate));
}

function Durations({ ui, watch }: Props) {
  const course = useComputed(() => watch.follow(ui.shown.rows.peek()).pulse.course(ui.shown.now.value));
  const { p95, overall } = course.value;
  const note =
    overall.median === null
      ? "no call in five minutes"
      : `median ${took(overall.median)} · ${count(overall.calls)} calls`;
  return (
    <Figure name="p95 of tools, 5 min" value={overall.p95 === null ? "–" : took(overall.p95)} note={note}>
      <Course values={p95} label="95 % of tool calls within, over five minutes" format={took} />
    </Figure>
  );
}

const MINUTES = 5;

function Errors({ ui }: { ui: Ui }) {
  const minutes = series(ui.shown.state.value, "errors", "minutes", 30, ui.shown.now.value);
  const errors = sum(minutes.slice(-MINUTES));
  return (
    <Figure
      name="Errors, 5 min"
      value={compact(errors)}
      delta={difference(errors, sum(minutes.slice(-2 * MINUTES, -MINUTES)))}
      against="than in the five minutes before"
      note={`${count(countsOf(ui.shown.state.value).errors)} so far`}
      tone={errors > 0 ? "crit" : ""}
    >
      <Course
        values={minutes}
        label="Errors a minute over the last half hour"
        colour={errors > 0 ? "crit" : "accent"}
      />
    </Figure>
  );
}

function Tokens({ ui }: { ui: Ui }) {
  const spending = spendingOf(ui.shown.state.value);
  const minutes = series(ui.shown.state.value, "tokens", "minutes", 30, ui.shown.now.value);
  const delta = difference(sum(minutes.slice(-MINUTES)), sum(minutes.slice(-2 * MINUTES, -MINUTES)));
  const [most] = partsOf(spending).sort((one, other) => other.percent - one.percent);
  return (
    <Figure
      name="Tokens and cost"
      value={
        <>
          {compact(spending.tokens)}
          {spending.cost !== null && <span class="figure-of"> ${spending.cost.toFixed(2)}</span>}
        </>
      }
      note={most ? `${most.percent} % ${KIND_WORDS[most.kind]}` : "no session tells"}
    >
      {delta === "" ? (
        <TokenBar spent={spending} />
      ) : (
        <Course values={minutes} label="Tokens a minute over the last half hour" />
      )}
    </Figure>
  );
}

function Files({ ui }: { ui: Ui }) {
  const minutes = touches(ui.shown.state.value, 30, ui.shown.now.value);
  const lately = sum(minutes.slice(-MINUTES));
  return (
    <Figure
      name="Files touched"
      value={compact(countsOf(ui.shown.state.value).files)}
      note={`${count(lately)} in the last 5 min`}
    >
      <Course values={minutes} label="Files touched last, by minute over the last half hour" />
    </Figure>
  );
}
