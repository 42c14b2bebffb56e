import type { Session } from "../../state";
import { clock, percent } from "../../text";
import { type Course, courseOf } from "./course";
import { threshold } from "./forecast";

interface Props {
  session: Session;
  /** When it was compacted, in milliseconds. */
  compacted: readonly number[];
  now: number;
}

const WIDTH = 400;
const HEIGHT = 100;
const TONES = ["warn", "high", "crit"];
const ROWS = 20;

/** How full the context was, with the thresholds and where it was compacted. */
export function ContextChart({ session, compacted, now }: Props) {
  const course = courseOf(session, compacted, now);
  if (!course) return <p class="muted">How full it was has not been told.</p>;
  const { context_thresholds = [] } = session;
  return (
    <>
      <div class="course" role="img" aria-label={told(course)}>
        <svg class="course-plot" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
          {context_thresholds.map((each, index) => (
            <path key={each} class={`course-threshold ${TONES[index] ?? "crit"}`} d={`M0 ${y(each)}H${WIDTH}`} />
          ))}
          <path class="course-area" d={`${lineOf(course)}V${HEIGHT}H${(course.points[0]?.x ?? 0) * WIDTH}Z`} />
          <path class="course-line" d={lineOf(course)} />
          {course.compactions.map((x) => (
            <path key={x} class="course-compaction" d={`M${x * WIDTH} 0V${HEIGHT}`} />
          ))}
        </svg>
        {context_thresholds.map((each, index) => (
          <span key={each} class={`course-label ${TONES[index] ?? "crit"}`} style={{ top: `${y(each)}%` }}>
            {threshold(each)}
          </span>
        ))}
      </div>
      <p class="course-times">
        <span>{clock(course.from).slice(0, 8)}</span>
        {course.compactions.length > 0 && (
          <span>
            <i class="course-key" aria-hidden="true" /> compacted
          </span>
        )}
        <span>{clock(course.to).slice(0, 8)}</span>
      </p>
      <details class="course-table">
        <summary>As a table</summary>
        <table class="table">
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col" class="number">
                Full
              </th>
            </tr>
          </thead>
          <tbody>
            {course.points.slice(-ROWS).map(({ time, fraction }) => (
              <tr key={`${time} ${fraction}`}>
                <th scope="row">{clock(time).slice(0, 8)}</th>
                <td class="number">{percent(fraction)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </>
  );
}

function y(fraction: number): number {
  return HEIGHT * (1 - Math.min(1, Math.max(0, fraction)));
}

/** In steps: between two measurements nothing is known. */
function lineOf({ points }: Course): string {
  return points
    .map(({ x, fraction }, index) => (index === 0 ? `M${x * WIDTH} ${y(fraction)}` : `H${x * WIDTH}V${y(fraction)}`))
    .join("");
}

function told({ points, compactions, from, to }: Course): string {
  const most = points.reduce((highest, { fraction }) => Math.max(highest, fraction), 0);
  const last = points.at(-1)?.fraction ?? 0;
  const times = `from ${clock(from).slice(0, 8)} to ${clock(to).slice(0, 8)}`;
  const compacted = compactions.length > 0 ? `, compacted ${compactions.length} times` : "";
  return `Context ${times}: ${percent(last)} at the end, ${percent(most)} at most${compacted}.`;
}
