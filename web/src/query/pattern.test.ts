import { expect, test } from "vitest";
import { compiled } from "./pattern";

test.each<[string, string[], string[]]>([
  ["handlers", ["src/handlers.py", "handlers"], ["handler", ""]],
  ["\\.py$", ["a.py"], ["a.pyc", "apy"]],
  ["^(qa|pm)$", ["qa", "pm"], ["qam", "", "q"]],
  ["^src/.*/test_[a-z]+\\.py$", ["src/a/b/test_x.py"], ["src/test_x.py", "src/a/test_.py"]],
  ["[^/]{3}$", ["a/bcd"], ["a/bc"]],
  ["A[B-D]+", ["abcd", "ABCD"], ["ae"]],
  ["", ["", "a"], []],
  ["^ä$", ["ä", "Ä"], ["a"]],
  ["^a{2,3}$", ["aa", "aaa"], ["a", "aaaa"]],
  ["^a{,3}$", ["a{,3}"], ["aa"]],
  ["^(a|)*b??$", ["", "aab"], ["ba"]],
  ["\\bpy\\b", ["a.py", "py x"], ["pyc", "a_py"]],
  ["[[:alpha:]\\d-]$", ["a", "7", "x-"], ["_", "é"]],
  ["^[]a-c]$", ["]", "B"], ["d"]],
  ["^\\pL\\p{Greek}\\P{L}$", ["xλ7"], ["xl7", "xλy"]],
  ["^\\Qa.b\\E*$", ["a.b", "a.", "a.bb"], ["axb"]],
  ["^\\x41\\x{1F600}.$", ["a😀😀"], ["a😀"]],
  ["(?-i)^A", ["A"], ["a"]],
  ["(?s)^a.b$", ["a\nb"], ["ab"]],
  ["^a.b$", ["axb"], ["a\nb"]],
  ["(?m)^b$", ["a\nb\nc", "b"], ["ab"]],
  ["^(?P<x>a)(?<y>b)(?i:C)$", ["abc"], ["ab"]],
  ["^a(?-i)*b$", ["b", "aab"], ["a"]],
  ["^\\W\\S\\D$", ["-xx"], ["axx", "- x", "-x7"]],
])("%s finds what it says", (pattern, found, missed) => {
  const { test: finds } = compiled(pattern);
  expect(found.filter((text) => !finds(text))).toEqual([]);
  expect(missed.filter(finds)).toEqual([]);
});

test.each([
  "(a",
  "a)",
  "[a",
  "[]",
  "*a",
  "(?=a)",
  "(?!a)",
  "(?<=a)b",
  "(?<!a)b",
  "(?>a)",
  "(?#a)",
  "(?P=n)",
  "\\1",
  "\\k<n>",
  "\\",
  "\\Z",
  "\\u0041",
  "\\x4",
  "\\x{110000}",
  "\\p{Foo}",
  "[[:foo:]]",
  "[\\b]",
  "[z-a]",
  "[a-\\d]",
  "a**",
  "a+*",
  "a???",
  "a{2}{3}",
  "a|*",
  "{2}",
  "a{3,2}",
  "a{1001}",
  "(a{100}){100}",
  "(?i",
  "(?z)a",
  "a".repeat(201),
])("%s is refused with a sentence", (pattern) => {
  expect(() => compiled(pattern)).toThrow(/^The pattern .*\.$/s);
});

test.each(["(a+)+$", "(a|a)+$", "(a|aa)+$", "(.*a){10}$"])(
  "%s, with which a backtracking engine would hang, ends",
  (pattern) => {
    expect(compiled(pattern).test(`${"a".repeat(1000)}b`)).toBe(false);
  },
);
