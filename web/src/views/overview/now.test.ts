import { expect, test } from "vitest";
import { agentsOf } from "../../state";
import { presentOf } from "./now";

function present(agents: object): [string[], number] {
  const found = presentOf(agentsOf({ projects: { shop: { agents } } } as never));
  return [found.present.map(({ key }) => key), found.ended];
}

test("who has ended is left out, unless somebody it called is still there", () => {
  const agents = {
    "s/main": { status: "completed", session: "s" },
    "s/a": { status: "active", parent: "s/main", session: "s" },
    "s/b": { status: "failed", parent: "s/main", session: "s" },
    "t/main": { status: "stopped", session: "t" },
    "t/a": { status: "completed", parent: "t/main", session: "t" },
  };
  expect(present(agents)).toEqual([["s/main", "s/a"], 3]);
});

test("agents that are each other's parents are no trap", () => {
  const agents = { "s/a": { status: "idle", parent: "s/b" }, "s/b": { status: "failed", parent: "s/a" } };
  expect(present(agents)[1]).toBe(0);
});

test("agents of two projects may have the same key", () => {
  const [there, gone] = [
    { status: "active", session: "s" },
    { status: "completed", session: "s" },
  ];
  const projects = { shop: { agents: { "s/main": there } }, other: { agents: { "s/main": gone } } };
  const { present, ended } = presentOf(agentsOf({ projects } as never));
  expect([present.map(({ id }) => id), ended]).toEqual([["shop/s/main"], 1]);
});
