import { expect, test } from "vitest";
import { indented, prettyOf } from "./pretty";

test("the data of an event comes apart from what is around it", () => {
  const event = {
    event: "tool_use",
    seq: 1,
    specversion: "1.0",
    id: "x",
    data: { tool: "Bash", n: 2, deep: { a: [1] } },
  };
  expect(prettyOf(event)).toEqual({
    data: [
      ["tool", "Bash"],
      ["n", "2"],
      ["deep", '{"a":[1]}'],
    ],
    envelope: [["id", "x"]],
  });
});

test("what is long or much is cut short, and says so", () => {
  const much = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`key${index}`, "x".repeat(5000)]));
  const { data } = prettyOf({ data: much });
  expect(data).toHaveLength(201);
  expect(data[0]?.[1]).toHaveLength(2000);
  expect(data.at(-1)).toEqual(["…", "100 more are in the JSON"]);
});

test("marks that reorder text are written out in JSON, and it stays the same JSON", () => {
  const json = JSON.stringify({ a: "\u202egnp.exe", b: "\u001b[31m" });
  expect(indented(json)).toBe('{\n  "a": "\\u202egnp.exe",\n  "b": "\\u001b[31m"\n}');
  expect(JSON.parse(indented(json))).toEqual(JSON.parse(json));
});
