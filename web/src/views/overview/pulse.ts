import { quantile } from "../../charts/plot";
import { laneKey } from "../../charts/spans";
import { isOwn, type Row } from "../../rows";

const STEP = 15_000;
const STEPS = 20;
const MOST = 1000;

interface Slot {
  readonly agents: Set<string>;
  readonly took: number[];
}

/** How the last five minutes went, in twenty steps, oldest first; null where nothing is known. */
export interface Course {
  readonly agents: readonly number[];
  readonly p95: readonly (number | null)[];
  /** Over all of the five minutes, in milliseconds. */
  readonly overall: { readonly median: number | null; readonly p95: number | null; readonly calls: number };
}

/** Which agents did something and how long tools took, of the last five minutes. */
export class Pulse {
  readonly #slots = new Map<number, Slot>();

  add(row: Row, time: number): void {
    if (Number.isNaN(time) || isOwn(row.type)) return;
    const slot = this.#slot(Math.floor(time / STEP));
    if (row.agent || row.session) slot.agents.add(laneKey(row));
    if (row.type === "tool_use" && row.took !== null && slot.took.length < MOST) slot.took.push(row.took);
  }

  course(now: number): Course {
    const last = Math.floor(now / STEP);
    for (const at of this.#slots.keys()) if (at <= last - STEPS) this.#slots.delete(at);
    const slots = Array.from({ length: STEPS }, (_, index) => this.#slots.get(last - STEPS + 1 + index));
    const all = Float64Array.from(slots.flatMap((slot) => slot?.took ?? [])).sort();
    return {
      agents: slots.map((slot) => slot?.agents.size ?? 0),
      p95: slots.map((slot) => quantile(Float64Array.from(slot?.took ?? []).sort(), 0.95)),
      overall: { median: quantile(all, 0.5), p95: quantile(all, 0.95), calls: all.length },
    };
  }

  #slot(at: number): Slot {
    const slot = this.#slots.get(at) ?? { agents: new Set(), took: [] };
    this.#slots.set(at, slot);
    return slot;
  }
}
