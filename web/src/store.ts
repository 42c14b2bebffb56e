import { type Json, merge } from "./patch";
import {
  type ControlFrame,
  type EventFrame,
  type Frame,
  isControl,
  type StateFrame,
  type StatePatch,
  type Subscribed,
} from "./protocol";
import { Rate } from "./rate";
import { Ring } from "./ring";
import { gapRow, isOwn, type Row, rowOf, text } from "./rows";
import { MOST } from "./socket";
import { count } from "./text";

/**
 * What is said of the last time events may have been missed: how many came later after all, how many the log no longer
 * has, and how many are only in the history, for the list keeps no more.
 */
export interface CaughtUp {
  at: number;
  events: number;
  missing: number;
  skipped: number;
}

/**
 * All that the page knows of the log, without a framework: the newest rows and the state as the server folded it.
 * `changed` is called after every change, many times a frame; who draws draws once a frame.
 */
export class Store {
  readonly rows = new Ring<Row>(MOST);
  readonly rate = new Rate();
  state: Json = null;
  /** Milliseconds from where the newest live event was stored, or else happened, to here. */
  lag: number | null = null;
  /** The least that it ever was. */
  leastLag = Number.POSITIVE_INFINITY;
  caughtUp: CaughtUp | null = null;
  /** Events up to this seq were caught up on. */
  liveAfter = 0;
  /** Whether an event has come that is not about Lookout itself. */
  used = false;
  /** When the newest frame came. */
  heard = 0;
  /** When the page was opened. */
  readonly opened = Date.now();
  #epoch = "";
  #stateSeq = 0;
  #last = 0;
  #missing = 0;
  #skipped = 0;
  #resuming = false;
  #refused = false;
  #recovered = true;

  constructor(
    private readonly changed: () => void,
    private readonly requestState: () => void,
  ) {}

  /** Which log it is. */
  get epoch(): string {
    return this.#epoch;
  }

  receive(frame: Frame): void {
    this.heard = Date.now();
    if (isControl(frame)) this.#control(frame);
    else this.#append([frame]);
    this.changed();
  }

  /** What is not asked for: the list would not keep it. */
  skip(from: number, to: number): void {
    const events = to - from + 1;
    this.#skipped += events;
    this.rows.push(gapRow(`${count(events)} events are not in this list: #${from} to #${to}`, to, Date.now()));
    this.#last = to;
  }

  #control(frame: ControlFrame): void {
    if (frame.event === "batch") this.#append(frame.data);
    else if (frame.event === "state_patch") this.#patch(frame.data);
    else if (frame.event === "state") this.#replace(frame.data);
    else if (frame.event === "hello") this.liveAfter = frame.data.seq;
    else if (frame.event === "subscribed") this.#subscribed(frame.data);
  }

  #append(frames: readonly EventFrame[]): void {
    if (!this.#recovered) return;
    const now = Date.now();
    for (const frame of frames) {
      // What no Lookout wrote to the log comes as `{}`.
      if (!(frame.seq > this.#last)) continue;
      this.#last = frame.seq;
      if (frame.event === "erased") {
        this.#erased(frame);
        continue;
      }
      const row = rowOf(frame);
      this.rows.push(row);
      if (frame.event === "session_erased") this.#forget(text(frame.project), text(frame.data?.session_id));
      this.used ||= !isOwn(frame.event);
      if (frame.seq > this.liveAfter) this.#live(row, now);
    }
  }

  /** Stands in the place of events that were erased. */
  #erased({ seq, data }: EventFrame): void {
    const from = typeof data?.from === "number" ? data.from : seq;
    const about = `${count(seq - from + 1)} events of a session were erased: #${from} to #${seq}`;
    this.rows.push(gapRow(about, seq, Date.now()));
  }

  /** Drops the rows of a session: it was erased, and a page that is open should not go on showing it. */
  #forget(project: string, session: string): void {
    const kept: Row[] = [];
    for (let number = this.rows.first; number < this.rows.end; number += 1) {
      const row = this.rows.at(number);
      if (row && (row.session !== session || row.project !== project)) kept.push(row);
    }
    if (kept.length === this.rows.end - this.rows.first) return;
    this.rows.clear();
    for (const row of kept) this.rows.push(row);
  }

  /** What is only caught up on is no measure of rate and lag. */
  #live(row: Row, now: number): void {
    this.rate.add(1, now);
    const since = Number.isNaN(row.stored) ? row.time : row.stored;
    if (Number.isNaN(since)) return;
    this.lag = Math.max(0, now - since);
    this.leastLag = Math.min(this.leastLag, this.lag);
  }

  #subscribed({ recovered, to }: Subscribed["data"]): void {
    this.#recovered = recovered;
    this.#refused = !recovered;
    this.liveAfter = Math.max(this.liveAfter, to ?? 0);
    if (!recovered) return;
    const [missing, skipped] = [this.#missing, this.#skipped];
    const caughtUp = { at: Date.now(), events: this.liveAfter - this.#last, missing, skipped };
    if (this.#resuming && caughtUp.events + missing + skipped > 0) this.caughtUp = caughtUp;
    this.#resuming = true;
    this.#missing = this.#skipped = 0;
  }

  #replace({ epoch, seq, state }: StateFrame["data"]): void {
    if (this.#refused) this.#goOnFrom(epoch, seq);
    this.#epoch = epoch;
    this.#stateSeq = seq;
    this.state = state;
  }

  /**
   * The rows up to the state's seq cannot be had, and those of another log mean nothing any more. Events that come
   * before the next subscription begins are left out: it brings them again, with those between.
   */
  #goOnFrom(epoch: string, seq: number): void {
    if (epoch !== this.#epoch) this.rows.clear();
    else if (this.#resuming) this.#miss(this.#last + 1, seq);
    this.#last = seq;
    this.#refused = false;
  }

  #miss(from: number, to: number): void {
    if (from > to) return;
    this.#missing = to - from + 1;
    const about = `${count(this.#missing)} events are no longer kept: #${from} to #${to}`;
    this.rows.push(gapRow(about, to, Date.now()));
  }

  #patch({ epoch, from, seq, patch }: StatePatch["data"]): void {
    if (epoch === this.#epoch && from === this.#stateSeq) {
      this.state = merge(this.state, patch);
      this.#stateSeq = seq;
    } else if (epoch !== this.#epoch || seq > this.#stateSeq) {
      this.requestState();
    }
  }
}
