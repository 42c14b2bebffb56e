import { expect, test } from "vitest";
import type { Agent, Placed } from "../state";
import { type Bar, barAt, barsOf, type LaneRow, rowsOf as rowsOfTeams, tellSpan, wanted } from "./lanes";
import { teamsOf } from "./order";
import type { Lane, Span } from "./spans";
import { scaleOf } from "./timeline";

const NOW = Date.parse("2026-11-24T06:05:00Z");
const scale = scaleOf({ span: 300_000, to: null }, NOW, 100, 400);
const ALL = { collapseIdle: false, errorsOnly: false };

function placed(session: string, agentId: string, value: Agent = {}, depth = 0): Placed {
  const key = `${session}/${agentId}`;
  return { id: `shop/${key}`, key, value: { name: agentId, session, agent_id: agentId, ...value }, depth };
}

/** Seconds before now. */
function span(from: number, to: number | null, more: Partial<Span> = {}): Span {
  const ends = { from: NOW - from * 1000, to: to === null ? null : NOW - to * 1000 };
  return { seq: 1, end: 2, call: "", tool: "", label: "", count: 1, failed: 0, ...ends, ...more };
}

function lanes(lane: Partial<Lane>, id = "shop/s/main"): ReadonlyMap<string, Lane> {
  return new Map([[id, { name: "", runs: [], calls: [], waits: [], ...lane }]]);
}

function only(agent: Agent, lane: Partial<Lane> = {}): Lane {
  const row = rowsOf([placed("s", "main", agent)], () => 0, lanes(lane))[1];
  return row?.lane ?? { name: "", runs: [], calls: [], waits: [] };
}

function rowsOf(agents: readonly Placed[], began: (session: string) => number, of: ReadonlyMap<string, Lane>) {
  return rowsOfTeams(teamsOf(agents, began), of);
}

function seconds(spans: readonly Span[]): [number, number | null][] {
  return spans.map(({ from, to }) => [(NOW - from) / 1000, to === null ? null : (NOW - to) / 1000]);
}

test("the newest session is first, and its agents stand in the order in which they appeared", () => {
  const agents = [placed("old", "main"), placed("old", "a1", {}, 1), placed("new", "main")];
  const rows = rowsOf(agents, (session) => (session === "shop/new" ? 2 : 1), new Map());
  expect(rows.map(({ name, depth }) => [name, depth])).toEqual([
    ["shop · new", 0],
    ["main", 0],
    ["shop · old", 0],
    ["main", 0],
    ["a1", 1],
  ]);
});

test("what ran before the page was opened is known from the state", () => {
  const agent = {
    started: "2026-11-24T06:01:00Z",
    status: "active" as const,
    calls: { t1: { tool: "Bash", since: "2026-11-24T06:04:00Z", summary: "make" } },
    waiting: { since: "2026-11-24T06:04:30Z", reason: "permission" as const },
  };
  const { runs, calls, waits } = only(agent);
  expect([seconds(runs), seconds(calls), seconds(waits)]).toEqual([[[240, null]], [[60, null]], [[30, null]]]);
  expect(calls[0]?.label).toBe("Bash make");
});

test("what events and the state both tell is there once", () => {
  const agent = { started: "2026-11-24T06:01:00.2Z", calls: { t1: { tool: "Bash", since: "2026-11-24T06:04:00Z" } } };
  const told = { runs: [span(240, null)], calls: [span(60, null, { call: "t1" })] };
  const { runs, calls } = only(agent, told);
  expect([runs.length, calls.length]).toEqual([1, 1]);
});

test("what the state knows to be over does not go on", () => {
  const agent = {
    status: "completed" as const,
    ended: "2026-11-24T06:04:00Z",
    last_seen: "2026-11-24T06:04:00Z",
    seq: 9,
  };
  const told = { runs: [span(90, null)], calls: [span(80, null)], waits: [span(70, null)] };
  const { runs, calls, waits } = only(agent, told);
  expect([runs, calls, waits].map(seconds)).toEqual([[[90, 60]], [[80, 60]], [[70, 60]]]);
});

test("what has begun after the state goes on", () => {
  const agent = {
    status: "completed" as const,
    ended: "2026-11-24T06:04:00Z",
    last_seen: "2026-11-24T06:04:00Z",
    seq: 9,
  };
  expect(seconds(only(agent, { runs: [span(5, null, { seq: 10 })] }).runs)).toEqual([[5, null]]);
});

test("lanes in which nothing is in sight, and their sessions, can be left out", () => {
  const rows = rowsOf(
    [placed("s", "main"), placed("s", "a1"), placed("t", "main")],
    () => 0,
    lanes({ calls: [span(20, 10)] }),
  );
  const shown = wanted(rows, scale, { collapseIdle: true, errorsOnly: false });
  expect(shown.map(({ id }) => id)).toEqual(["shop/s", "shop/s/main"]);
  expect(wanted(rows, scale, ALL)).toHaveLength(5);
});

test("errors only leaves the lanes and the bars that failed", () => {
  const rows = rowsOf(
    [placed("s", "main"), placed("s", "a1")],
    () => 0,
    lanes({ calls: [span(20, 15), span(10, 5, { failed: 1 })] }),
  );
  const shown = wanted(rows, scale, { collapseIdle: false, errorsOnly: true });
  expect(shown).toHaveLength(2);
  expect(barsOf(shown[1] as LaneRow, scale, NOW, true)).toHaveLength(1);
});

test("bars lie where their time is, end at the edges, and are seen however short", () => {
  const [row] = rowsOf(
    [placed("s", "main")],
    () => 0,
    lanes({ calls: [span(900, 150), span(60, 60), span(30, null)] }),
  ).slice(1);
  expect(barsOf(row as LaneRow, scale, NOW).map(({ x, width }) => [x, width])).toEqual([
    [100, 150],
    [340, 2],
    [370, 30],
  ]);
});

test("a call of another agent is a delegation", () => {
  const [row] = rowsOf([placed("s", "main")], () => 0, lanes({ calls: [span(9, 8, { tool: "Task" })] })).slice(1);
  expect(barsOf(row as LaneRow, scale, NOW)[0]?.shape).toBe("delegation");
});

test("the smallest bar under the pointer is meant, and a run only where nothing else is", () => {
  const bars: Bar[] = [
    { shape: "run", x: 0, width: 50, span: span(9, 8) },
    { shape: "call", x: 10, width: 100, span: span(9, 8) },
    { shape: "call", x: 40, width: 4, span: span(9, 8) },
  ];
  expect([5, 20, 45, 300].map((x) => bars.indexOf(barAt(bars, x) as Bar))).toEqual([0, 1, 2, -1]);
});

test("a bar can be told in words", () => {
  const tell = (shape: Bar["shape"], of: Span) => tellSpan({ shape, x: 0, width: 1, span: of }, NOW);
  expect(tell("call", span(10, 5.8, { label: "Bash pytest", failed: 1 }))).toBe("Bash pytest, 4.2 s, failed");
  expect(tell("call", span(10, 5, { label: "7 Read", count: 7, failed: 2 }))).toBe("7 Read, 5 s, 2 failed");
  expect(tell("wait", span(72, null))).toBe("Waits for you, for 1 min, goes on");
});
