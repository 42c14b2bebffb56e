import { expect, test } from "vitest";
import { called, conflictWords, did, linesWords, listed, namesIn } from "./words";

const NAMES = new Map([
  ["s1/main", "pm"],
  ["s1/a1", "engineer"],
  ["s1/b2", "engineer"],
  ["s2/main", "pm"],
]);

function words(keys: readonly string[]): string[] {
  return called(keys, NAMES).map(({ name, mark }) => `${name} ${mark}`.trim());
}

test("agents are called by their names", () => {
  expect(words(["s1/main", "s1/a1"])).toEqual(["pm", "engineer"]);
});

test("those of one name are told apart by their id, or where that is main by their session", () => {
  expect(words(["s1/a1", "s1/b2"])).toEqual(["engineer a1", "engineer b2"]);
  expect(words(["s1/main", "s2/main"])).toEqual(["pm s1", "pm s2"]);
});

test("who is not known any more is called by its id", () => {
  expect(words(["s9/a8d0c3f5e1b2a7946"])).toEqual(["a8d0c3f5"]);
});

test("the names are those of one project, though another has the same session", () => {
  const team = (name: string) => ({ agents: { "s1/main": { name, session: "s1" } } });
  const state = { projects: { shop: team("pm"), blog: team("writer") } };
  expect([...namesIn(state, "shop")]).toEqual([["s1/main", "pm"]]);
  expect([...namesIn(state, "blog")]).toEqual([["s1/main", "writer"]]);
});

test("names are listed as in a sentence", () => {
  expect([[], ["a"], ["a", "b"], ["a", "b", "c"]].map(listed)).toEqual(["", "a", "a and b", "a, b and c"]);
});

test("a conflict says who and when", () => {
  const since = new Date(2026, 10, 24, 10, 0, 0).toISOString();
  const last = new Date(2026, 10, 24, 10, 0, 12).toISOString();
  const agents = ["s1/main", "s1/a1"];
  expect(conflictWords({ since, last, agents }, NAMES)).toBe(
    "2 agents wrote within 60 s: pm and engineer, from 10:00:00 to 10:00:12",
  );
  expect(conflictWords({ since, last: since, agents }, NAMES)).toMatch(/, at 10:00:00$/);
});

test("operations are said as what was done, unknown ones as they are", () => {
  expect(["read", "write", "edit", "delete", "move"].map(did)).toEqual(["read", "wrote", "edited", "deleted", "move"]);
});

test("lines are said where there are any", () => {
  expect([linesWords(12, 3), linesWords(1, 0), linesWords(0, 2), linesWords(0, 0)]).toEqual(["+12 −3", "+1", "−2", ""]);
});
