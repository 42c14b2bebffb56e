/** What is read of an event to draw what an agent did; a row of the list of events is one. Times in milliseconds. */
export interface Act {
  readonly seq: number;
  readonly time: number;
  readonly type: string;
  readonly project: string;
  readonly session: string;
  readonly agent: string;
  readonly agentId: string;
  readonly word: string;
  readonly tool: string;
  readonly call: string;
  /** Whether it says that the agent waits for a human. */
  readonly waits: boolean;
  readonly about: string;
  readonly took: number | null;
}

/** A stretch of time; `to` is null while it goes on. It begins with the event `seq`, and ends with `end`. */
export interface Span {
  readonly from: number;
  to: number | null;
  readonly seq: number;
  end: number;
  /** Of the tool call; empty for others and where it is not known. */
  readonly call: string;
  readonly tool: string;
  readonly label: string;
  /** How many it stands for, and how many of those failed. */
  readonly count: number;
  failed: number;
}

/** One agent: its runs, its tool calls and when it was blocked on a human, each by its beginning. */
export interface Lane {
  readonly name: string;
  readonly runs: Span[];
  readonly calls: Span[];
  readonly waits: Span[];
}

const LANES = 256;
const SPANS = 400;
const GRAIN = 250;
const COARSEST = 3_600_000;

/** The types of events that change a lane; the history is asked for these. */
export const ACTING = [
  "tool_use",
  "agent_activity",
  "permission_request",
  "notification",
  "prompt",
  "file_operation",
  "task_update",
  "compaction",
] as const;

const ACTING_NAMES = new Set<string>(ACTING);
const ENDINGS = new Set(["completed", "failed", "stopped"]);

export function laneKey({ project, session, agentId, agent }: Act): string {
  return `${project}/${session}/${session === "" && agentId === "main" ? agent || agentId : agentId}`;
}

/**
 * What agents did lately, folded from events in the order of the log. Bounded: of a lane with too many spans the
 * older ones are joined where less than a quarter of a second is between them, and the lane silent longest is dropped.
 */
export class Spans {
  readonly #lanes = new Map<string, Lane>();

  get lanes(): ReadonlyMap<string, Lane> {
    return this.#lanes;
  }

  add(act: Act): void {
    if (Number.isNaN(act.time)) return;
    if (act.type === "session_update" && act.word === "ended") this.#sessionEnded(act);
    if (!ACTING_NAMES.has(act.type)) return;
    const lane = this.#lane(act);
    if (act.waits) this.#wait(lane, act);
    else this.#goOn(lane, act);
    if (act.type === "tool_use") used(lane, act);
    else if (act.type === "agent_activity") this.#acted(lane, act);
    for (const spans of [lane.runs, lane.calls, lane.waits]) if (spans.length > SPANS) thin(spans);
  }

  /** Moves the lane to the end, so that the first is the one that was silent longest. */
  #lane(act: Act): Lane {
    const key = laneKey(act);
    const lane = this.#lanes.get(key) ?? { name: act.agent, runs: [], calls: [], waits: [] };
    this.#lanes.delete(key);
    this.#lanes.set(key, lane);
    const [oldest] = this.#lanes.keys();
    if (oldest !== undefined && this.#lanes.size > LANES) this.#lanes.delete(oldest);
    return lane;
  }

  /** An act of an agent ends its wait; a prompt ends those of the whole session. */
  #goOn(lane: Lane, act: Act): void {
    const going = act.type === "prompt" ? this.#ofSession(act) : [lane];
    for (const each of going) close(openOf(each.waits), act);
  }

  /** The notification of a permission names no agent, and comes with a request that does. */
  #wait(lane: Lane, act: Act): void {
    const where = act.type === "notification" ? this.#ofSession(act) : [lane];
    if (!where.some((each) => openOf(each.waits))) lane.waits.push(begun(act));
  }

  #acted(lane: Lane, act: Act): void {
    if (act.word === "invoked") invoked(lane, act);
    else if (ENDINGS.has(act.word)) ended(openOf(lane.runs) ? lane : this.#namesake(lane, act), act);
  }

  /** claude-mpm ends an agent under another id than it began it; the oldest run of its name is meant. */
  #namesake(lane: Lane, act: Act): Lane {
    return this.#ofSession(act).find((each) => each.name === act.agent && openOf(each.runs)) ?? lane;
  }

  #sessionEnded(act: Act): void {
    for (const lane of this.#ofSession(act)) {
      for (const spans of [lane.runs, lane.calls, lane.waits]) closeAll(spans, act);
    }
  }

  #ofSession({ project, session }: Act): Lane[] {
    const of = `${project}/${session}/`;
    return [...this.#lanes].filter(([key]) => key.startsWith(of)).map(([, lane]) => lane);
  }
}

function begun(act: Act, from = act.time): Span {
  const { seq, call, tool } = act;
  const label = act.word === "" ? act.about : act.about.replace(` ${act.word}`, "");
  return { from, to: null, seq, end: seq, call, tool, label, count: 1, failed: 0 };
}

function close(span: Span | undefined, act: Act): void {
  if (!span) return;
  span.to = Math.max(span.from, act.time);
  span.end = act.seq;
}

function closeAll(spans: readonly Span[], act: Act): void {
  for (const span of spans) if (span.to === null) close(span, act);
}

function openOf(spans: readonly Span[]): Span | undefined {
  return spans.find((span) => span.to === null);
}

/** Every prompt invokes the session's own agent anew; another is invoked once until it ends. */
function invoked(lane: Lane, act: Act): void {
  const running = openOf(lane.runs);
  if (running && act.agentId !== "main") return;
  close(running, act);
  closeAll(lane.calls, act);
  lane.runs.push(begun(act));
}

function ended(lane: Lane, act: Act): void {
  const run = openOf(lane.runs) ?? told(lane.runs, act);
  if (run) run.failed = act.word === "failed" ? 1 : 0;
  close(run, act);
  closeAll(lane.calls, act);
}

function used(lane: Lane, act: Act): void {
  if (act.word === "started") {
    lane.calls.push(begun(act));
    return;
  }
  const call = callOf(lane.calls, act) ?? told(lane.calls, act);
  if (call) call.failed = act.word === "failed" ? 1 : 0;
  close(call, act);
}

/** Without an id the oldest open call of the tool is meant. */
function callOf(calls: readonly Span[], { call, tool }: Act): Span | undefined {
  return calls.findLast((span) => span.to === null && (call ? span.call === call : span.tool === tool));
}

/** What ends without having begun is as long as its end says, and a moment where that says nothing. */
function told(spans: Span[], act: Act): Span | undefined {
  if (act.took === null && act.word !== "failed") return undefined;
  const span = begun(act, act.time - Math.max(0, act.took ?? 0));
  const later = spans.findIndex(({ from }) => from > span.from);
  spans.splice(later < 0 ? spans.length : later, 0, span);
  return span;
}

/** Joins spans of the older half until half of its room is free again, and then forgets the oldest. */
function thin(spans: Span[]): void {
  let older = spans.slice(0, SPANS / 2);
  for (let grain = GRAIN; older.length > SPANS / 4 && grain < COARSEST; grain *= 2) older = coarser(older, grain);
  spans.splice(0, SPANS / 2, ...older.slice(-SPANS / 4));
}

/** Joins short ones with less than `grain` milliseconds between them; what goes on stays as it is. */
export function coarser(spans: readonly Span[], grain: number): Span[] {
  const joined: Span[] = [];
  let last: Span | undefined;
  let group: Joining | undefined;
  for (const span of spans) {
    if (last?.to != null && span.to !== null && near(last, last.to, span, span.to, grain)) {
      if (!group) joined[joined.length - 1] = group = joining(last);
      join(group, span);
      last = group;
    } else {
      if (group) named(group);
      group = undefined;
      joined.push(span);
      last = span;
    }
  }
  if (group) named(group);
  return joined;
}

/** A copy to which others are added: this is done for every bar in every frame. */
type Joining = { -readonly [Name in keyof Span]: Span[Name] };

function joining(span: Span): Joining {
  return { ...span, call: "" };
}

function join(group: Joining, span: Span): void {
  group.to = Math.max(group.to ?? 0, span.to ?? 0);
  group.end = span.end;
  group.count += span.count;
  group.failed += span.failed;
  if (group.tool !== span.tool) group.tool = "";
}

function named(group: Joining): void {
  group.label = `${group.count} ${group.tool || "calls"}`;
}

/** A call that waits for an agent is never one with others. */
function near(last: Span, end: number, span: Span, to: number, grain: number): boolean {
  const short = Math.max((end - last.from) / last.count, to - span.from) < 3 * grain;
  return short && Math.abs(span.from - end) < grain && delegates(last) === delegates(span);
}

const DELEGATING = new Set(["Agent", "Task"]);

/** Whether it is a call of another agent. */
export function delegates({ tool }: Pick<Span, "tool">): boolean {
  return DELEGATING.has(tool);
}
