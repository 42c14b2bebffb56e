import { expect, test } from "vitest";
import { sourcesOf, typesOf } from "./sources";

const STATE = {
  projects: {
    shop: {
      sessions: {
        s1: { source: "claude-code", events: 10, last_seen: "2026-11-24T10:00:00Z" },
        s2: { source: "claude-code", events: 5, last_seen: "2026-11-24T10:05:00Z" },
        s3: { source: "claude-code", host: "box", events: 1, last_seen: "2026-11-24T09:00:00Z" },
      },
      activity: { types: { tool_use: 7, prompt: 1 } },
    },
    web: {
      sessions: { s1: { source: "claude-mpm", events: 2, last_seen: "2026-11-24T11:00:00Z" }, s9: {} },
      activity: { types: { tool_use: 1 } },
    },
  },
};

test("sessions are put together by what sends them, the one heard last first", () => {
  const found = sourcesOf(STATE).map(({ source, host, sessions, events }) => [source, host, sessions, events]);
  expect(found).toEqual([
    ["claude-mpm", "", 1, 2],
    ["claude-code", "", 2, 15],
    ["claude-code", "box", 1, 1],
    ["", "", 1, 0],
  ]);
  expect(sourcesOf(STATE)[1]?.last).toBe(Date.parse("2026-11-24T10:05:00Z"));
});

test("events are counted by type over all projects, the most first", () => {
  expect(typesOf(STATE)).toEqual([
    ["tool_use", 8],
    ["prompt", 1],
  ]);
  expect([sourcesOf(null), typesOf(null)]).toEqual([[], []]);
});
