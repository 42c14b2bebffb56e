import { expect, test } from "vitest";
import type { LaneRow } from "./lanes";
import { pinnedFirst, pinsIn, pinsWith } from "./pins";

const LANE = { name: "", runs: [], calls: [], waits: [] };

function row(id: string): LaneRow {
  const kind = id.includes("/") ? "agent" : "session";
  return { id, kind, name: id, depth: 0, status: "", lane: LANE };
}

const ROWS = ["s", "s/a", "s/b", "t", "t/a"].map(row);

test.each([
  ["nothing", [], ROWS.map(({ name }) => name), 0],
  ["who is gone", ["x/y"], ROWS.map(({ name }) => name), 0],
  ["a lane", ["s/b"], ["Pinned", "s/b", "s", "s/a", "t", "t/a"], 2],
  ["the last of a session", ["t/a"], ["Pinned", "t/a", "s", "s/a", "s/b"], 2],
  ["all", ["s/a", "s/b", "t/a"], ["Pinned", "s/a", "s/b", "t/a"], 4],
])("with %s pinned", (_, pins, names, held) => {
  const found = pinnedFirst(ROWS, new Set(pins));
  expect([found.rows.map(({ name }) => name), found.held]).toEqual([names, held]);
});

test("pins are kept as text, whatever an agent is called", () => {
  const [one, other] = ["shop/s/a,b", "shop/s/100%2C"];
  const text = pinsWith(pinsIn(pinsWith(new Set(), one) ?? ""), other) ?? "";
  expect([...pinsIn(text)]).toEqual([one, other]);
  expect([...pinsIn(pinsWith(pinsIn(text), one) ?? "")]).toEqual([other]);
  expect(pinsWith(new Set([one]), one)).toBeNull();
  expect([...pinsIn(undefined)]).toEqual([]);
});
