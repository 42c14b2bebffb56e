import { laneKey } from "../../charts/spans";
import { isOwn, type Row } from "../../rows";
import { Often, type Repeated } from "./often";

export type Bursts = readonly Repeated<Row>[];

/** Agents with many failures within a minute. */
export class Failing {
  readonly #failures = new Often<Row>();

  add(row: Row, time: number): void {
    if (row.level === 3 && !isOwn(row.type) && (row.agent || row.session)) this.#failures.add(laneKey(row), time, row);
  }

  found(now: number): Bursts {
    return this.#failures.found(now);
  }
}
