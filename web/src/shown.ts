import { computed, type ReadonlySignal } from "@preact/signals";
import type { Json } from "./patch";
import type { Ring, Tape } from "./ring";
import type { Row } from "./rows";
import { Sieve } from "./sieve";
import { stateOf } from "./state";
import { plain } from "./text";
import type { Place } from "./url";

/**
 * What Lookout knows, as it is to be shown: of the chosen project or of all, and standing still while the page is
 * paused. The views and the inspector take state and events from nowhere else, and let no clock run but `now`.
 */
export interface Shown {
  /** null until there is one. What has not changed keeps its identity. */
  readonly state: ReadonlySignal<Json>;
  /** Changes when there may be new rows, at most once a frame. */
  readonly rows: ReadonlySignal<Tape<Row>>;
  /** Milliseconds, once a second. */
  readonly now: ReadonlySignal<number>;
}

interface Known {
  readonly state: Json;
  readonly rows: Ring<Row>;
}

/** `drawn` says when to look at what is known again. */
export function shownOf(
  known: Known,
  drawn: ReadonlySignal<number>,
  now: ReadonlySignal<number>,
  place: ReadonlySignal<Place>,
): Shown {
  const project = computed(() => place.value.get("project") ?? "");
  const whole = computed(() => {
    drawn.value;
    return known.state;
  });
  const part = computed(() => (whole.value === null ? null : stateOf(whole.value, project.value)));
  const state = computed(() => {
    if (project.value === "") return whole.value;
    if (part.value === null) return null;
    return { projects: part.value === undefined ? {} : { [project.value]: part.value } };
  });
  const sieve = computed(() => {
    const name = plain(project.value);
    return name === "" ? null : new Sieve(known.rows, (row) => row.project === name);
  });
  const rows = computed(() => {
    drawn.value;
    return taped(sieve.value?.rows() ?? known.rows);
  });
  return { state, rows, now };
}

/** The same rows in a new object, by which a signal tells that they have changed. */
function taped<T>(rows: Ring<T>): Tape<T> {
  return { first: rows.first, end: rows.end, at: (number) => rows.at(number), frozen: () => rows.frozen() };
}
