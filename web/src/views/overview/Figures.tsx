import { useComputed } from "@preact/signals";
import type { ComponentChildren } from "preact";
import type { Colour } from "../../charts/palette";
import { Sparkline } from "../../charts/Sparkline";
import type { Json } from "../../patch";
import { type Counts, countsOf } from "../../state";
import { compact, count, took } from "../../text";
import type { Ui } from "../../ui";
import { useTurns } from "../../use-turns";
import { KIND_WORDS, partsOf } from "../sessions/spent";
import { TokenBar } from "../sessions/TokenBar";
import { change, difference, mean, series, spendingOf, sum, touches } from "./figures";
import type { Course } from "./pulse";
import type { Watch } from "./watch";

const APART = 500;

export function Figures({ ui: live, watch }: { ui: Ui; watch: Watch }) {
  const ui = useTurns(live, APART);
  const course = useComputed(() => watch.read().pulse.course(ui.shown.now.value)).value;
  const [state, now] = [ui.shown.state.value, ui.shown.now.value];
  const counts = countsOf(state);
  return (
    <dl class="figures">
      <Agents counts={counts} course={course} />
      <Throughput state={state} now={now} total={counts.events} />
      <Durations course={course} />
      <Errors state={state} now={now} total={counts.errors} />
      <Tokens state={state} now={now} />
      <Files state={state} now={now} total={counts.files} />
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

function Agents({ counts, course }: { counts: Counts; course: Course }) {
  const { active, waiting, agents } = counts;
  const before = course.agents[0] ?? 0;
  return (
    <Figure
      name="Active agents"
      value={
        <>
          {count(active)}
          <span class="figure-of"> / {count(agents)}</span>
        </>
      }
      delta={difference(course.agents.at(-2) ?? 0, before)}
      against="agents at work than five minutes ago"
      note={waiting > 0 ? `${count(waiting)} waiting for you` : "none waits for you"}
    >
      <Curve values={course.agents} label="Agents at work over the last five minutes" />
    </Figure>
  );
}

interface CurveProps {
  values: readonly (number | null)[];
  label: string;
  colour?: Colour;
  format?: (value: number) => string;
}

function Curve({ values, label, colour = "accent", format = compact }: CurveProps) {
  const most = values.reduce<number>((highest, value) => Math.max(highest, value ?? 0), 0);
  const last = values.findLast((value) => value !== null) ?? 0;
  return (
    <Sparkline values={values} colour={colour} label={`${label}: ${format(last)} last, ${format(most)} at most`} />
  );
}

const LATELY = 10;
const BEFORE = 60;

interface Past {
  state: Json;
  now: number;
}

/** With how many there are in all. */
interface Counted extends Past {
  total: number;
}

function Throughput({ state, now, total }: Counted) {
  // The second that goes on is not over, and the server tells of one a little later.
  const seconds = series(state, "events", "seconds", 122, now).slice(0, 120);
  const rate = mean(seconds.slice(-LATELY));
  const before = mean(seconds.slice(-LATELY - BEFORE, -LATELY));
  return (
    <Figure
      name="Events per second"
      value={perSecond(rate)}
      delta={change(rate, before)}
      against="than in the minute before"
      note={`${count(total)} so far`}
    >
      <Curve values={seconds} label="Events per second over the last two minutes" />
    </Figure>
  );
}

function perSecond(rate: number): string {
  return rate > 0 && rate < 10 ? rate.toFixed(1) : compact(Math.round(rate));
}

function Durations({ course: { p95, overall } }: { course: Course }) {
  const note =
    overall.median === null
      ? "no call in five minutes"
      : `median ${took(overall.median)} · ${count(overall.calls)} calls`;
  return (
    <Figure name="p95 of tools, 5 min" value={overall.p95 === null ? "–" : took(overall.p95)} note={note}>
      <Curve values={p95} label="95 % of tool calls within, over five minutes" format={took} />
    </Figure>
  );
}

const MINUTES = 5;

function Errors({ state, now, total }: Counted) {
  const minutes = series(state, "errors", "minutes", 30, now);
  const errors = sum(minutes.slice(-MINUTES));
  return (
    <Figure
      name="Errors, 5 min"
      value={compact(errors)}
      delta={difference(errors, sum(minutes.slice(-2 * MINUTES, -MINUTES)))}
      against="than in the five minutes before"
      note={`${count(total)} so far`}
      tone={errors > 0 ? "crit" : ""}
    >
      <Curve values={minutes} label="Errors a minute over the last half hour" colour={errors > 0 ? "crit" : "accent"} />
    </Figure>
  );
}

function Tokens({ state, now }: Past) {
  const spending = spendingOf(state);
  const minutes = series(state, "tokens", "minutes", 30, now);
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
        <Curve values={minutes} label="Tokens a minute over the last half hour" />
      )}
    </Figure>
  );
}

function Files({ state, now, total }: Counted) {
  const minutes = touches(state, 30, now);
  const lately = sum(minutes.slice(-MINUTES));
  return (
    <Figure name="Files touched" value={compact(total)} note={`${count(lately)} in the last 5 min`}>
      <Curve values={minutes} label="Files touched last, by minute over the last half hour" />
    </Figure>
  );
}
