import { expect, test } from "vitest";
import { age, bytes, clock, compact, percent, plain, shortened, shortId, took } from "./text";

test.each([
  ["\u001b[31mred\u001b[0m", "red"],
  ["\u001b]0;a title\u0007prompt", "prompt"],
  ["two\nlines\tand a tab", "two lines and a tab"],
  ["invoice\u202egnp.exe", "invoice gnp.exe"],
  ["<b>markup stays text</b>", "<b>markup stays text</b>"],
  ["naïve 你好 👩‍💻", "naïve 你好 👩‍💻"],
])("%j is shown as %j", (text, shown) => {
  expect(plain(text)).toBe(shown);
});

test("text that is too long ends in an ellipsis", () => {
  expect(shortened("sess-3f2b-77", 12)).toBe("sess-3f2b-77");
  expect(shortened("sess-3f2b-778", 12)).toBe("sess-3f2b-7…");
});

test("a long id is cut to its first eight characters", () => {
  expect(shortId("sess-3f2b")).toBe("sess-3f2b");
  expect(shortId("3585d762-f218-4280-b0e8-8f4d1fd25f98")).toBe("3585d762");
});

test.each([
  [compact(999), "999"],
  [compact(79_849), "79.8 k"],
  [compact(999_600), "1 M"],
  [compact(3_712_000), "3.71 M"],
  [bytes(1023), "1,023 B"],
  [bytes(18_231), "17.8 kB"],
  [bytes(5 << 20), "5 MB"],
  [took(9.312), "9.31 ms"],
  [took(4210), "4.21 s"],
  [took(61_000), "1 min"],
  [age(-5), "0 s"],
  [age(3_599_000), "59 min"],
  [age(90_000_000), "1 d"],
  [percent(0.225), "22.5 %"],
  [clock(new Date(2026, 0, 2, 3, 4, 5, 6).getTime()), "03:04:05.006"],
])("%s", (shown, expected) => {
  expect(shown).toBe(expected);
});

test("of what is very long the beginning is shown", () => {
  expect(plain("x".repeat(1_000_000))).toBe(`${"x".repeat(1999)}…`);
});
