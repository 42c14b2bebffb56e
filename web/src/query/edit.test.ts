import { expect, test } from "vitest";
import { chipsOf, filterFor, filterOut, removed, termWritten, toggled, written } from "./edit";
import { parse } from "./parse";
import type { Field } from "./terms";

test.each<[string, Field, string, string]>([
  ["", "tool", "Bash", "tool:Bash"],
  ["  build ", "tool", "Bash", "build tool:Bash"],
  ["tool:Read build", "tool", "Bash", "tool:Bash build"],
  ["-tool:Bash build", "tool", "Bash", "build tool:Bash"],
  ["-tool:Read,Bash", "tool", "Bash", "-tool:Read tool:Bash"],
  ["tool:Bash", "tool", "Bash", "tool:Bash"],
  ["agent:qa", "tool", "Bash", "agent:qa tool:Bash"],
  ["file:a", "path", "b c", 'path:"b c"'],
  ["", "host", "", 'host:""'],
  ["", "tool", 'a"b\\c', 'tool:"a\\"b\\\\c"'],
  ["", "tool", "a*", 'tool:"a*"'],
  ["session:3f2b", "session", "91ac", "session:91ac"],
])("%j with only %s %j is %s", (text, field, value, result) => {
  expect(filterFor(text, field, value)).toBe(result);
  expect(parse(result).error).toBeUndefined();
});

test.each<[string, Field, string, string]>([
  ["", "tool", "Bash", "-tool:Bash"],
  ["-tool:Read build", "tool", "Bash", "-tool:Read,Bash build"],
  ["-tool:Bash", "tool", "Bash", "-tool:Bash"],
  ["tool:Bash build", "tool", "Bash", "build -tool:Bash"],
  ["tool:Read,bash", "tool", "Bash", "tool:Read -tool:Bash"],
  ["session:3f2b", "session", "3f2b", "-session:3f2b"],
  ["-agent:x tool:Read", "agent", "a b", '-agent:x,"a b" tool:Read'],
])("%j without %s %j is %s", (text, field, value, result) => {
  expect(filterOut(text, field, value)).toBe(result);
  expect(parse(result).error).toBeUndefined();
});

test("what is written means exactly the value", () => {
  for (const value of ["Bash", "a b", 'q"q', "back\\slash", "a,b", "*", "-x", "~", "é", "", 'mix "\\"']) {
    const [term] = parse(`tool:${written(value)}`).query?.terms ?? [];
    expect(term).toMatchObject({ kind: "match", values: [{ text: value }] });
  }
});

test("a term is taken away with the space around it", () => {
  const text = "  tool:Read   -dur>5  build ";
  const terms = parse(text).query?.terms ?? [];
  expect(terms.map((term) => removed(text, term))).toEqual([
    "-dur>5  build ",
    "  tool:Read build ",
    "  tool:Read   -dur>5",
  ]);
});

test("a term is put there and taken away again", () => {
  expect(toggled("build", "is:error")).toBe("build is:error");
  expect(toggled("is:error build", "is:error")).toBe("build");
  expect(termWritten("-is:error", "is:error")).toBeUndefined();
  expect(termWritten("x IS:ERROR", "is:error")).toMatchObject({ start: 2 });
});

test("every term is a chip as it was written", () => {
  const text = ' -tool:Read  "some words" dur>2s';
  const { query } = parse(text);
  expect(query && chipsOf(text, query).map((chip) => chip.text)).toEqual(["-tool:Read", '"some words"', "dur>2s"]);
});
