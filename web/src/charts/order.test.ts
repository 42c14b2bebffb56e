import { expect, test } from "vitest";
import type { Json } from "../patch";
import { agentsOf } from "../state";
import { steady } from "./order";

function state(seqs: { readonly [session: string]: number }, ended: readonly string[] = []): Json {
  const names = Object.keys(seqs);
  const agents = names.flatMap((session) =>
    ["main", "a1"].map((agent_id) => [
      `${session}/${agent_id}`,
      { session, agent_id, seq: seqs[session] ?? 0, status: ended.includes(session) ? "completed" : "active" },
    ]),
  );
  const sessions = names.map((session, index) => [session, { started: `2026-11-24T0${index}:00:00Z` }]);
  return { projects: { shop: { agents: Object.fromEntries(agents), sessions: Object.fromEntries(sessions) } } };
}

function listed(of: Json): string[] {
  return steady(agentsOf(of), of)
    .filter(({ value }) => value.agent_id === "main")
    .map(({ key }) => key.replace("/main", ""));
}

test("the session that began last stands first, whichever changed last", () => {
  expect(listed(state({ one: 9, two: 5, three: 7 }))).toEqual(["three", "two", "one"]);
  expect(listed(state({ one: 1, two: 50, three: 7 }))).toEqual(["three", "two", "one"]);
});

test("sessions that are over stand after those at work", () => {
  expect(listed(state({ one: 1, two: 2, three: 3 }, ["three", "one"]))).toEqual(["two", "three", "one"]);
});
