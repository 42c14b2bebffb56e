import { computed, type Signal, useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { type Answer, useAnswer } from "../../answer";
import type { EventFrame } from "../../protocol";
import { Reader } from "../../reader";
import { type Row, rowOf } from "../../rows";
import type { Ui } from "../../ui";
import { type Heat, Heats } from "./heat";
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

export interface Failing {
  /** In one sentence. */
  readonly error: string;
  readonly retry: () => void;
}

export interface Measured {
  /** What the services used, while the page was open. */
  readonly samples: Samples;
  /** Ended tool calls of the history, newest first: those of before the page was opened. */
  readonly older: Signal<readonly Row[]>;
  /** What of all that charts ask for cannot be had, by what it is. */
  readonly failing: Signal<ReadonlyMap<string, Failing>>;
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

/** What all charts show, asked for by `Asking`. */
export function useMeasured(ui: Ui): Measured {
  const { samples } = measuredBy(ui);
  const older = useSignal<readonly Row[]>([]);
  const failing = useSignal<ReadonlyMap<string, Failing>>(new Map());
  return useMemo(() => ({ samples, older, failing }), [samples, older, failing]);
}

/** Asks apart from the charts, which need not be drawn whenever there is one sample more. */
export function Asking({ ui, measured }: { ui: Ui; measured: Measured }) {
  const { samples, older } = measured;
  const status = useAnswer<Status>("/status", SECONDS, useMoving(ui));
  useTold(measured, "samples", status);
  useEffect(() => {
    if (status.value) samples.take(status.value.instances, Date.now());
  }, [samples, status.value]);
  const query = new URLSearchParams({ q: `type:tool_use -phase:started${only(ui)}`, limit: `${CALLS}` });
  const calls = useAnswer<Events>(`/events?${query}`, ONCE, useMoving(ui));
  useTold(measured, "calls", calls);
  useEffect(() => {
    older.value = calls.value?.events.map(rowOf) ?? [];
  }, [older, calls.value]);
  return null;
}

/** Tells of a question that is not answered, until it is. */
function useTold({ failing }: Measured, what: string, { error, retry }: Answer<unknown>): void {
  useEffect(() => {
    const others = [...failing.peek()].filter(([each]) => each !== what);
    if (error) failing.value = new Map([...others, [what, { error, retry }]]);
    else if (failing.peek().has(what)) failing.value = new Map(others);
  }, [failing, what, error]);
}

/** The way of the newest live events from the hook to the screen, from now on. */
export function useJourneys(ui: Ui, measured: Measured): Journeys {
  const { journeys } = measuredBy(ui);
  const query = new URLSearchParams({ limit: `${JOURNEYS}` });
  if (only(ui)) query.set("q", only(ui).trim());
  const answer = useAnswer<Events>(`/events?${query}`, SECONDS, useMoving(ui));
  useTold(measured, "journeys", answer);
  const { value } = answer;
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
export function useResponseTimes(props: Read): Responses {
  return useRead(props, () => new ResponseTimes());
}

/** How often each tool took how long, over all of the grid. */
export function useHeats(props: Read): readonly Heat[] {
  return useRead(props, () => new Heats());
}

interface Read {
  readonly ui: Ui;
  readonly grid: Grid;
  readonly measured: Measured;
}

/** Looks once at each row. */
interface Fold<T> {
  add(row: Row): void;
  addOlder(rows: readonly Row[]): void;
  in(grid: Grid): T;
}

function useRead<T>({ ui, grid, measured }: Read, made: () => Fold<T>): T {
  const project = only(ui);
  const older = measured.older.value;
  const reading = useMemo(() => ({ of: project, fold: made(), reader: new Reader<Row>() }), [project]);
  return useMemo(() => {
    const add = (row: Row) => reading.fold.add(row);
    const again = () => {
      reading.fold = made();
    };
    reading.reader.read(ui.shown.rows.peek(), add, again);
    reading.fold.addOlder(older);
    return reading.fold.in(grid);
  }, [ui, grid, reading, older]);
}

/** How many requests to models were told of in each step. */
export function useModelRequests({ ui, grid, measured }: Read): Histogram | null {
  const query = new URLSearchParams({
    q: `type:model_request${only(ui)}`,
    after: new Date(grid.from).toISOString(),
    before: new Date(grid.to).toISOString(),
    buckets: `${grid.times.length}`,
  });
  const answer = useAnswer<Histogram>(`/events/histogram?${query}`, SECONDS, useMoving(ui));
  useTold(measured, "requests", answer);
  return answer.value;
}
