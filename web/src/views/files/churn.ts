import type { Rows } from "../../ring";
import type { Row } from "../../rows";
import { plain, shortened } from "../../text";

const BIN = 60_000;
export const BINS = 30;
const MANY = 5000;

/** Reads and changes of the last half hour by the minute, the oldest first. */
export interface Strip {
  readonly reads: readonly number[];
  readonly changes: readonly number[];
}

type Minutes = Map<number, { reads: number; changes: number }>;

/** When files were touched lately: folded from a list of events as they come, and from older ones that were asked for. */
export class Churn {
  #files = new Map<string, Minutes>();
  #next = 0;
  #oldest = Number.POSITIVE_INFINITY;
  #newest = 0;

  /** A list that does not go on where the one before it ended is begun anew. */
  follow(rows: Rows<Row>): void {
    if (this.#next > 0 && rows.at(this.#next - 1)?.seq !== this.#newest) this.#begin();
    for (let number = Math.max(this.#next, rows.first); number < rows.end; number++) {
      const row = rows.at(number);
      if (row && row.seq > this.#newest) this.#add(row);
    }
    this.#next = rows.end;
    this.#newest = rows.at(rows.end - 1)?.seq ?? this.#newest;
    this.#tidy();
  }

  /** Those of the rows that are older than what is known. */
  putBefore(rows: readonly Row[]): void {
    const oldest = this.#oldest;
    for (const row of rows) if (row.seq < oldest) this.#add(row);
    if (this.#next === 0) this.#newest = rows.at(-1)?.seq ?? 0;
  }

  #begin(): void {
    this.#files = new Map();
    this.#next = 0;
    this.#oldest = Number.POSITIVE_INFINITY;
    this.#newest = 0;
  }

  #add({ seq, type, project, path, operation, stored, time }: Row): void {
    this.#oldest = Math.min(this.#oldest, seq);
    const minute = Math.floor((Number.isNaN(stored) ? time : stored) / BIN);
    if (type !== "file_operation" || path === "" || Number.isNaN(minute)) return;
    const key = `${project}/${path}`;
    const minutes = this.#files.get(key) ?? new Map();
    this.#files.set(key, minutes);
    const count = minutes.get(minute) ?? { reads: 0, changes: 0 };
    minutes.set(minute, count);
    if (operation === "read") count.reads += 1;
    else count.changes += 1;
    if (minutes.size > 2 * BINS) forget(minutes, Math.max(...minutes.keys()) - BINS);
  }

  /** Files that nobody has touched for long are forgotten, once there are many. */
  #tidy(): void {
    if (this.#files.size <= MANY) return;
    const newest = Math.max(...[...this.#files.values()].map((minutes) => Math.max(...minutes.keys())));
    for (const [key, minutes] of this.#files) {
      forget(minutes, newest - BINS);
      if (minutes.size === 0) this.#files.delete(key);
    }
  }

  /** Of the files of these keys together. */
  stripOf(keys: Iterable<string>, now: number): Strip {
    const last = Math.floor(now / BIN);
    const reads = new Array<number>(BINS).fill(0);
    const changes = new Array<number>(BINS).fill(0);
    for (const key of keys) {
      for (const [minute, count] of this.#files.get(key) ?? []) {
        const bin = BINS - 1 - (last - minute);
        if (bin < 0 || bin >= BINS) continue;
        reads[bin] = (reads[bin] ?? 0) + count.reads;
        changes[bin] = (changes[bin] ?? 0) + count.changes;
      }
    }
    return { reads, changes };
  }
}

function forget(minutes: Minutes, until: number): void {
  for (const minute of minutes.keys()) if (minute <= until) minutes.delete(minute);
}

const LONGEST = 200;

/** The key of a file. Rows hold the beginning of a path that is long. */
export function keyOf(project: string, path: string): string {
  return `${plain(project)}/${plain(shortened(path, LONGEST))}`;
}

/** Bars as the path of an SVG, 3 apart, `height` at the highest; "" where there is nothing to draw. */
export function barsOf(values: readonly number[], below: readonly number[], highest: number, height: number): string {
  const scale = height / Math.max(1, highest);
  return values
    .map((value, index) => {
      if (value === 0) return "";
      const bar = Math.max(1.5, value * scale);
      return `M${index * 3} ${round(height - (below[index] ?? 0) * scale)}v${-round(bar)}h2v${round(bar)}z`;
    })
    .join("");
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
