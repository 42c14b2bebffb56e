import { expect, test } from "vitest";
import type { Json } from "./patch";
import { agentsOf, filesOf, isUsed, sessionsOf } from "./state";

function agents(...all: [session: string, id: string, parent: string, seq: number][]): Json {
  const entries = all.map(([session, agent_id, parent, seq]) => [
    `${session}/${agent_id}`,
    { session, agent_id, seq, ...(parent && { parent: `${session}/${parent}` }) },
  ]);
  return { projects: { shop: { agents: Object.fromEntries(entries) } } };
}

function outline(state: Json): string[] {
  return agentsOf(state).map(({ key, depth }) => `${"-".repeat(depth)}${key}`);
}

test("agents stand below their parent, busy sessions first", () => {
  const state = agents(["s1", "b", "a", 3], ["s1", "main", "", 1], ["s1", "a", "main", 2], ["s2", "main", "", 9]);
  expect(outline(state)).toEqual(["s2/main", "s1/main", "-s1/a", "--s1/b"]);
});

test("an agent whose parent is unknown, or who is its own ancestor, is still shown once", () => {
  const state = agents(["s", "orphan", "gone", 1], ["s", "a", "b", 2], ["s", "b", "a", 3], ["s", "self", "self", 4]);
  expect(
    outline(state)
      .map((line) => line.replaceAll("-", ""))
      .sort(),
  ).toEqual(["s/a", "s/b", "s/orphan", "s/self"]);
});

test("before there is a state, and in an empty one, there is nothing", () => {
  for (const state of [null, {}, { projects: {} }, { projects: { shop: {} } }]) {
    expect([agentsOf(state), sessionsOf(state), filesOf(state)]).toEqual([[], [], []]);
  }
});

test("sessions and files of all projects stand together, the newest change first", () => {
  const project = (seq: number) => ({ sessions: { [`s${seq}`]: { seq } }, files: { [`f${seq}`]: { seq } } });
  const state = { projects: { one: project(1), two: project(2) } };
  expect(sessionsOf(state).map(({ key }) => key)).toEqual(["s2", "s1"]);
  expect(filesOf(state).map(({ key }) => key)).toEqual(["f2", "f1"]);
});

test("a log in which Lookout speaks of itself alone is not used yet", () => {
  const state = (...types: string[]) => ({
    projects: { shop: { activity: { types: Object.fromEntries(types.map((each) => [each, 1])) } } },
  });
  expect([null, {}, state(), state("health_status", "alert")].map(isUsed)).toEqual([false, false, false, false]);
  expect(isUsed(state("health_status", "deploy"))).toBe(true);
});

test("sessions of the same name in two projects stay apart", () => {
  const project = { agents: { "s/main": { session: "s", agent_id: "main" } }, sessions: { s: {} } };
  const state = { projects: { one: project, two: project } };
  expect(agentsOf(state).map(({ id }) => id)).toEqual(["one/s/main", "two/s/main"]);
  expect(sessionsOf(state).map(({ id }) => id)).toEqual(["one/s", "two/s"]);
});
