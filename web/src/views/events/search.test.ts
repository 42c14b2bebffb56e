import { expect, test } from "vitest";
import type { Fields } from "../../protocol";
import { type Row, rowOf } from "../../rows";
import { parse as placeOf } from "../../url";
import { effectsOf, searchOf, sinceOf, testOf } from "./search";

const NOW = Date.parse("2026-11-24T06:10:00Z");

function row(seq: number, minute: number, data: Fields): Row {
  const time = new Date(NOW - minute * 60_000).toISOString();
  return rowOf({ event: "tool_use", seq, time, project: "shop", session: "s", agent: "qa", data });
}

const ROWS = [row(1, 20, { tool: "Bash" }), row(2, 4, { tool: "Read" }), row(3, 1, { tool: "Bash", phase: "failed" })];

function found(link: string): number[] {
  const search = searchOf(placeOf(link));
  const wanted = testOf(search, NOW);
  const since = sinceOf(search, NOW);
  return ROWS.filter((each) => wanted(each) && each.time >= since).map(({ seq }) => seq);
}

test("a link says what is looked for", () => {
  expect(found("?q=tool:Bash")).toEqual([1, 3]);
  expect(found("?q=tool:Bash&range=15m")).toEqual([3]);
  expect(found("?q=after:-5m")).toEqual([2, 3]);
  expect(found("?range=2026-11-24T05:45:00Z..2026-11-24T06:08:00Z")).toEqual([1, 2]);
  expect(found("?q=nope:1")).toEqual([1, 2, 3]);
});

test("the server is asked for the same, in the project", () => {
  const { q } = searchOf(placeOf("?q=tool:Bash&range=15m&project=my shop"));
  expect(q).toBe('tool:Bash project:"my shop" after:-15m');
  expect(searchOf(placeOf("?q=nope:1")).q).toBe("");
  expect(searchOf(placeOf("")).q).toBe("");
});

test("what the page's rows cannot decide is told", () => {
  const beyond = (link: string) => searchOf(placeOf(link)).beyond.length;
  expect(beyond("?q=tool:Bash after:-5m range:1")).toBe(0);
  expect(beyond("?q=tool:Bash after:-5m")).toBe(0);
  expect(beyond("?q=build")).toBe(1);
  expect(beyond("?q=before:-5m")).toBe(1);
  expect(beyond("?q=-after:-5m")).toBe(1);
});

test("where nothing matches, the term without which there is most comes first", () => {
  const effects = effectsOf(searchOf(placeOf("?q=tool:Bash phase:finished level>=info")), ROWS, NOW);
  expect(effects[0]).toMatchObject({ term: { field: "phase" }, alone: 0, without: 2 });
  const none = effectsOf(searchOf(placeOf("?q=tool:Bash agent:nobody phase:none")), ROWS, NOW);
  expect(none.map(({ alone, without }) => [alone, without])).toEqual([
    [0, 0],
    [0, 0],
    [2, 0],
  ]);
});
