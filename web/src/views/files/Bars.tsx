import { count } from "../../text";
import { BINS, barsOf, type Strip } from "./churn";

const HEIGHT = 16;

/** When a file, or all of a folder, was touched in the last half hour: changes, and upon them reads. */
export function Bars({ strip: { reads, changes } }: { strip: Strip }) {
  const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
  const highest = Math.max(1, ...reads.map((value, bin) => value + (changes[bin] ?? 0)));
  const label = `${count(total(changes))} changes and ${count(total(reads))} reads in the last 30 minutes`;
  return (
    <svg class="bars" viewBox={`0 0 ${BINS * 3} ${HEIGHT}`} role="img" aria-label={label}>
      <path class="bars-changes" d={barsOf(changes, [], highest, HEIGHT)} />
      <path class="bars-reads" d={barsOf(reads, changes, highest, HEIGHT)} />
    </svg>
  );
}
