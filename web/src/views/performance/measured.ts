import { computed, type ReadonlySignal, useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { type Answer, useAnswer } from "../../answer";
import type { EventFrame } from "../../protocol";
import { Reader } from "../../reader";
import { type Row, rowOf } from "../../rows";
import type { Ui } from "../../ui";
import { type Responses, ResponseTimes } from "./responses";
import { type Instance, Samples } from "./samples";
import type { Grid } from "./span";
import { Journeys } from "./stages";

const SECONDS = 5;
/** Seconds. What the page sees itself need not be asked for again. */
const ONCE = 3600;
const JOURNEYS = 200;
const CALLS = 1000;

interface Status {
  readonly instances: readonly Instance[];
}

interface Events {
  readonly events: readonly EventFrame[];
}

/** Counts of equal parts of the time between `after` and `before`. */
export interface Histogram {
  readonly after: string;
  readonly before: string;
  readonly counts: readonly number[];
  readonly errors: readonly number[];
}

/** What the services used, while the page was open; why there is nothing new of it, or "". */
export interface Measured {
  readonly samples: Samples;
  readonly error: ReadonlySignal<string>;
}

const MEASURED = new WeakMap<object, { readonly samples: Samples; readonly journeys: Journeys }>();

/** What only this page has measured; it stays while other views are open. */
function measuredBy({ store }: Ui) {
  const known = MEASURED.get(store) ?? { samples: new Samples(), journeys: new Journeys() };
  MEASURED.set(store, known);
  return known;
}

function useMoving(ui: Ui) {
  return useMemo(() => computed(() => !ui.paused.value), [ui]);
}

function only(ui: Ui): string {
  const project = ui.address.place.value.get("project");
  return project ? ` project:"${project}"` : "";
}

/** CPU, memory and requests of the services, from now on: taken by `Sampling`. */
export function useMeasured(ui: Ui): Measured & { readonly failed: (error: string) => void } {
  const { samples } = measuredBy(ui);
  const error = useSignal("");
  return useMemo(() => {
    const failed = (reason: string) => {
      error.value = reason;
    };
    return { samples, error, failed };
  }, [samples, error]);
}

/** Asks for samples, apart from the charts, which need not be drawn whenever there is one more. */
export function Sampling({ ui, samples, failed }: ReturnType<typeof useMeasured> & { ui: Ui }) {
  const { value, error } = useAnswer<Status>("/status", SECONDS, useMoving(ui));
  useEffect(() => failed(error), [failed, error]);
  useEffect(() => {
    if (value) samples.take(value.instances, Date.now());
  }, [samples, value]);
  return null;
}

/** The way of the newest live events from the hook to the screen, from now on. */
export function useJourneys(ui: Ui): Journeys {
  const { journeys } = measuredBy(ui);
  const query = new URLSearchParams({ limit: `${JOURNEYS}` });
  if (only(ui)) query.set("q", only(ui).trim());
  const { value } = useAnswer<Events>(`/events?${query}`, SECONDS, useMoving(ui));
  useEffect(
    () =>
      ui.shown.rows.subscribe((rows) => {
        const newest = rows.at(rows.end - 1);
        const { heard } = ui.store;
        // A task after the next frame comes when that is painted.
        if (newest) requestAnimationFrame(() => setTimeout(() => drew(journeys, newest.seq, heard)));
      }),
    [ui, journeys],
  );
  useMemo(() => {
    if (value) journeys.met(value.events.filter(({ seq }) => seq > ui.store.liveAfter));
  }, [ui, journeys, value]);
  return journeys;
}

function drew(journeys: Journeys, seq: number, heard: number): void {
  journeys.drew({ seq, heard, shown: Date.now() });
}

/** How long tool calls took in each step of the grid: those of the list, of what comes, and of the history before. */
export function useResponseTimes(ui: Ui, grid: Grid): Responses {
  const project = only(ui);
  const query = new URLSearchParams({ q: `type:tool_use -phase:started${project}`, limit: `${CALLS}` });
  const { value } = useAnswer<Events>(`/events?${query}`, ONCE, useMoving(ui));
  const reading = useMemo(() => ({ of: project, times: new ResponseTimes(), reader: new Reader<Row>() }), [project]);
  return useMemo(() => {
    const add = (row: Row) => reading.times.add(row);
    const again = () => {
      reading.times = new ResponseTimes();
    };
    reading.reader.read(ui.shown.rows.peek(), add, again);
    reading.times.addOlder(value?.events.map(rowOf) ?? []);
    return reading.times.in(grid);
  }, [ui, grid, reading, value]);
}

/** How many requests to models were told of in each step. */
export function useModelRequests(ui: Ui, grid: Grid): Answer<Histogram> {
  const query = new URLSearchParams({
    q: `type:model_request${only(ui)}`,
    after: new Date(grid.from).toISOString(),
    before: new Date(grid.to).toISOString(),
    buckets: `${grid.times.length}`,
  });
  return useAnswer<Histogram>(`/events/histogram?${query}`, SECONDS, useMoving(ui));
}
