import { describe, expect, test } from "vitest";
import { gridOf, spanNamed } from "./span";
import { Journeys, medians, wholeWay } from "./stages";

const NOW = Date.parse("2026-11-24T06:10:00Z");
const short = gridOf(spanNamed("2m"), NOW);

function ago(seconds: number): string {
  return new Date(NOW - seconds * 1000).toISOString();
}

describe("the way from the hook to the screen", () => {
  const frame = (seq: number) => ({
    event: "prompt",
    seq,
    time: ago(3.1),
    received: ago(3.09),
    stored: ago(3.05),
  });

  test("is told by stages, for events that came live", () => {
    const journeys = new Journeys();
    journeys.drew({ seq: 5, heard: NOW - 9000, shown: NOW - 9000 });
    journeys.drew({ seq: 8, heard: NOW - 3000, shown: NOW - 2980 });
    journeys.met([frame(9), frame(8), frame(6), frame(5)]);
    journeys.met([frame(8)]);
    expect(journeys.all.map(({ seq }) => seq)).toEqual([6, 8]);
    expect(journeys.all[0]?.stages).toEqual([10, 40, 50, 20]);
    expect(wholeWay(journeys.all, 0.95)).toBe(120);
    expect(medians(journeys.all, short).map((stage) => stage.at(-2))).toEqual([10, 40, 50, 20]);
  });

  test("is never shorter than nothing where clocks differ, and unknown without times", () => {
    const journeys = new Journeys();
    journeys.drew({ seq: 1, heard: 0, shown: 0 });
    journeys.drew({ seq: 9, heard: 0, shown: 5 });
    journeys.met([{ event: "prompt", seq: 3 }, frame(2)]);
    expect(journeys.all.map(({ stages }) => stages)).toEqual([[10, 40, 0, 5]]);
    expect(wholeWay([], 0.95)).toBeNull();
  });

  test("keeps no more than it needs", () => {
    const journeys = new Journeys();
    for (let seq = 0; seq < 9000; seq++) journeys.drew({ seq, heard: NOW, shown: NOW });
    journeys.met(Array.from({ length: 9000 }, (_, index) => frame(9000 - index)));
    expect(journeys.all.length).toBeLessThanOrEqual(4000);
  });
});
