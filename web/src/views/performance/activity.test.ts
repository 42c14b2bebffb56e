import { describe, expect, test } from "vitest";
import { happened, rates } from "./activity";
import { gridOf, spanNamed } from "./span";

const NOW = Date.parse("2026-11-24T06:10:00Z");
const short = gridOf(spanNamed("2m"), NOW);
const long = gridOf(spanNamed("2h"), NOW);
const S = NOW / 1000;

describe("activity", () => {
  const state = {
    projects: {
      shop: {
        activity: {
          seconds: { [S - 3]: { events: 4, errors: 1 }, [S - 4]: { events: 6, tokens: 50 } },
          minutes: { [S - 600]: { events: 60, tokens: 600 }, [S - 60]: { events: 10 } },
        },
      },
      ledger: { activity: { seconds: { [S - 3]: { events: 2 } } } },
    },
  };

  test("of all projects is summed by the step", () => {
    const { events, errors, tokens } = happened(state, short);
    expect([events.at(-2), errors.at(-2), tokens.at(-2)]).toEqual([12, 1, 50]);
    expect(events.reduce((sum, each) => sum + each)).toBe(12);
    expect(rates(events, short).at(-2)).toBe(6);
  });

  test("over two hours is that of the minutes", () => {
    const { events, tokens } = happened(state, long);
    expect([events.at(-1), events.at(-10), tokens.at(-10)]).toEqual([10, 60, 600]);
    expect(rates(tokens, long, 60_000).at(-10)).toBe(600);
  });

  test("between the two comes from the minutes where the seconds do not reach", () => {
    const grid = gridOf(spanNamed("15m"), NOW);
    const { events } = happened(state, grid);
    expect(events.slice(20, 24)).toEqual([15, 15, 15, 15]);
    expect(events.at(-1)).toBe(12);
  });

  test("of nothing is nothing", () => {
    for (const nothing of [null, {}, { projects: { shop: {} } }]) {
      expect(happened(nothing, short).events.every((each) => each === 0)).toBe(true);
    }
  });
});
