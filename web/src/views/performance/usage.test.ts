import { describe, expect, test } from "vitest";
import { averageOf, nameOf, ranked, slowestOf, usedBy } from "./usage";

describe("usage", () => {
  const slow = { duration_ms: 900, seq: 7, tool: "Bash", agent: "qa", session: "s" };
  const state = {
    projects: {
      shop: {
        tools: {
          "/Bash": { tool: "Bash", calls: 4, total_ms: 100, p95_ms: 60, slowest: [slow] },
          "/Read": { tool: "Read", calls: 9, total_ms: 9, p95_ms: 2, slowest: [{ ...slow, duration_ms: 3 }] },
          "qa/": { agent: "qa", calls: 1, failures: 1 },
          "qa/Bash": { agent: "qa", tool: "Bash", calls: 4 },
        },
      },
    },
  };
  const names = (way: "tool" | "agent" | "both", sort?: string) =>
    ranked(usedBy(state, way), sort).map(({ usage }) => nameOf(usage));

  test("is told by tool, by agent, or by both", () => {
    expect([names("tool"), names("agent"), names("both")]).toEqual([["Bash", "Read"], ["qa"], ["qa · Bash"]]);
    expect(averageOf({ calls: 4, total_ms: 100 })).toBe(25);
    expect(averageOf({ calls: 0 })).toBeNull();
  });

  test("is ranked by a column", () => {
    expect(names("tool", "calls")).toEqual(["Read", "Bash"]);
    expect(names("tool", "-calls")).toEqual(["Bash", "Read"]);
    expect(names("tool", "nonsense")).toEqual(["Bash", "Read"]);
  });

  test("knows the slowest calls of all", () => {
    expect(slowestOf(state, 1)).toEqual([slow]);
    expect(slowestOf(null, 5)).toEqual([]);
  });
});
