import { dayOf } from "../../query/range";
import { age, clock } from "../../text";

/** How long ago, and on hovering when. Times in milliseconds. */
export function Ago({ time, now }: { time: number; now: number }) {
  if (Number.isNaN(time)) return <>–</>;
  return <span title={`${dayOf(time)} ${clock(time)}`}>{age(now - time)}</span>;
}
