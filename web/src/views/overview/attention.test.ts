import { expect, test } from "vitest";
import { parse } from "../../query/parse";
import { type Row, rowOf } from "../../rows";
import { attentionOf, type Notice } from "./attention";
import type { Loops } from "./looping";

const NOW = Date.parse("2026-11-24T12:00:00Z");
const AGO = (seconds: number) => new Date(NOW - seconds * 1000).toISOString();

function noticed(project: object, loops: Loops = [], bursts: Loops = []): Notice[] {
  return attentionOf({ projects: { shop: project } } as never, loops, bursts, NOW);
}

function told(notices: readonly Notice[]): string[] {
  return notices.map(({ severity, kind, who, figure }) => [severity, kind, who, figure].filter(Boolean).join(" "));
}

function context(level: string, fraction: number, status = "active") {
  return { status, title: level, context_level: level, context_percentage: fraction };
}

test("a context that is worth a word is told by the server's level, the fullest first", () => {
  const sessions = {
    a: context("elevated", 0.715),
    b: context("critical", 0.961),
    c: context("normal", 0.99),
    d: context("high", 0.862),
    e: context("critical", 0.97, "ended"),
  };
  expect(told(noticed({ sessions }))).toEqual([
    "critical Context critical 96.1 %",
    "high Context high 86.2 %",
    "elevated Context elevated 71.5 %",
  ]);
});

function waiting(seconds: number, reason = "permission") {
  const wait = { since: AGO(seconds), reason, tool: "Bash", summary: "rm -rf build" };
  return { name: "engineer", status: "waiting", session: "s1", waiting: wait };
}

test("who waits for a human is told with since when, for what and in which session", () => {
  const sessions = { s1: { status: "waiting", cwd: "/home/dev/webshop" } };
  const [notice] = noticed({ sessions, agents: { "s1/a1": waiting(72) } });
  expect(notice).toMatchObject({
    severity: "high",
    kind: "Waits for you",
    who: "engineer",
    of: "webshop · s1",
    what: "for permission: Bash rm -rf build",
    since: NOW - 72_000,
    sel: "agent:shop/s1/a1",
    place: { view: "agents", sel: "agent:shop/s1/a1" },
  });
});

test("who waits long is worse, who waits for nothing but the next prompt is not", () => {
  const agents = { "s1/a": waiting(72), "s1/b": waiting(301), "s1/c": waiting(900, "prompt") };
  expect(noticed({ agents }).map(({ severity, sel }) => `${severity} ${sel}`)).toEqual([
    "critical agent:shop/s1/b",
    "high agent:shop/s1/a",
    "elevated agent:shop/s1/c",
  ]);
});

test("who is stalled is told since its oldest open call", () => {
  const calls = { one: { tool: "Bash", since: AGO(700) }, other: { tool: "Read", since: AGO(20) } };
  const agents = { "s1/a": { name: "qa", status: "stalled", session: "s1", doing: "Bash make", calls } };
  expect(noticed({ agents })).toMatchObject([{ kind: "Stalled", since: NOW - 700_000, what: "Bash make", of: "s1" }]);
});

test("a session is told as lost for a day", () => {
  const sessions = {
    a: { status: "lost", title: "an hour", last_seen: AGO(3600) },
    b: { status: "lost", title: "two days", last_seen: AGO(2 * 86_400) },
  };
  expect(told(noticed({ sessions }))).toEqual(["high Lost an hour"]);
});

test("a conflict is told for ten minutes with the names of the rivals", () => {
  const conflict = (seconds: number) => ({ since: AGO(900), last: AGO(seconds), agents: ["s1/main", "s2/gone"] });
  const files = {
    "src/cart.py": { path: "src/cart.py", conflict: conflict(65) },
    "src/old.py": { path: "src/old.py", conflict: conflict(601) },
    "src/peace.py": { path: "src/peace.py" },
  };
  expect(noticed({ files, agents: { "s1/main": { name: "pm", session: "s1" } } })).toMatchObject([
    {
      severity: "elevated",
      who: "cart.py",
      figure: "2 agents",
      what: "changed by pm, s2/gone within a minute, 1 min ago",
      place: { view: "files", sel: "file:shop/src/cart.py" },
    },
  ]);
});

function row(more: object, session = "s1"): Row {
  const data = { agent_id: "a1", tool: "Bash", phase: "failed", summary: "pytest -q", error: "exit 1", ...more };
  return rowOf({ event: "tool_use", seq: 7, project: "shop", session, agent: "qa", data });
}

test("loops and bursts of errors lead to their events", () => {
  const loops = [{ what: row({ phase: "started", error: "" }), times: 7, since: NOW - 40_000 }];
  const bursts = [
    { what: row({}), times: 6, since: NOW - 50_000 },
    { what: row({}, ""), times: 100, since: NOW - 30_000 },
  ];
  const notices = noticed({}, loops, bursts);
  expect(told(notices)).toEqual([
    "critical Errors qa 100+ in 1 min",
    "high Errors qa 6 in 1 min",
    "high Looping qa 7×",
  ]);
  expect(notices.map(({ place }) => place.q)).toEqual([
    "project:shop agent:qa level:error",
    "project:shop session:s1 agent_id:a1 level:error",
    "project:shop session:s1 agent_id:a1 tool:Bash",
  ]);
  for (const { place } of notices) expect(parse(place.q ?? "").query?.terms.length).toBeGreaterThan(1);
  expect(notices[2]?.what).toBe("Bash pytest -q, the same again and again");
});

test("of two projects that share a session each is told with its own names", () => {
  const team = (title: string, name: string) => ({
    sessions: { s1: { status: "waiting", title } },
    agents: { "s1/a1": { ...waiting(72), name } },
    files: {
      "a.py": { path: "a.py", conflict: { since: AGO(90), last: AGO(65), agents: ["s1/a1", "s1/gone"] } },
    },
  });
  const state = { projects: { shop: team("the cart", "engineer"), blog: team("the post", "writer") } };
  const notices = attentionOf(state as never, [], [], NOW);
  expect(notices.map(({ who, of, sel, what }) => [who, of, sel, what].filter(Boolean).join(" | "))).toEqual([
    "engineer | the cart | agent:shop/s1/a1 | for permission: Bash rm -rf build",
    "writer | the post | agent:blog/s1/a1 | for permission: Bash rm -rf build",
    "a.py | file:shop/a.py | changed by engineer, s1/gone within a minute, 1 min ago",
    "a.py | file:blog/a.py | changed by writer, s1/gone within a minute, 1 min ago",
  ]);
});

test("nothing needs attention where nothing is known", () => {
  expect(attentionOf(null, [], [], NOW)).toEqual([]);
  expect(noticed({ agents: { "s/x": {} }, sessions: { x: {} }, files: { x: {} } })).toEqual([]);
});
