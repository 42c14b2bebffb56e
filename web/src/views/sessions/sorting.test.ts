import { expect, test } from "vitest";
import { sessionsOf } from "../../state";
import { orderOf } from "../order";
import { COLUMNS, showing, sorted } from "./sorting";

const SESSIONS = {
  old: { status: "active", started: "2026-11-24T08:00:00Z", context_percentage: 0.3, cost_usd: 2, turns: 1, seq: 9 },
  new: { status: "waiting", started: "2026-11-24T10:00:00Z", context_percentage: 0.9, turns: 5, seq: 2 },
  done: { status: "ended", started: "2026-11-24T11:00:00Z", cost_usd: 0, full_at: "2026-11-24T12:00:00Z", seq: 5 },
  soon: { status: "idle", started: "2026-11-24T09:00:00Z", full_at: "2026-11-24T12:30:00Z", seq: 7 },
};

function order(word?: string): string {
  const entries = sessionsOf({ projects: { shop: { sessions: SESSIONS } } } as never);
  return sorted(entries, orderOf(COLUMNS, word))
    .map(({ key }) => key)
    .join(" ");
}

test.each([
  [undefined, "new soon old done"],
  ["nonsense", "new soon old done"],
  ["context", "new old soon done"],
  ["-context", "soon done old new"],
  ["cost", "old done new soon"],
  ["turns", "new old soon done"],
  ["status", "new old soon done"],
  ["session", "done new old soon"],
  ["forecast", "soon new old done"],
  ["-forecast", "soon new old done"],
])("in the order %s they are %s", (word, expected) => {
  expect(order(word)).toBe(expected);
});

test("sessions are shown by what they are", () => {
  expect([{ status: "ended" }, { status: "lost" }, { status: "idle" }].map(showing("live") as never)).toEqual([
    false,
    false,
    true,
  ]);
  const filling = showing("filling");
  expect(filling({ context_level: "high" })).toBe(true);
  expect(filling({ context_level: "high", status: "ended" })).toBe(false);
  expect(filling({})).toBe(false);
  expect(showing("waiting")({ status: "waiting" })).toBe(true);
});
