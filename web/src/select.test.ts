import { expect, test } from "vitest";
import { onlySelects, selectionOf, selOf } from "./select";
import { changed, parse } from "./url";

test("a selection is what the link says", () => {
  for (const [kind, id] of [
    ["evt", "48214"],
    ["agent", "sess/main"],
    ["session", "a:b"],
    ["file", "shop/src/a b:c.py"],
  ] as const) {
    expect(selectionOf(changed(parse(""), { sel: selOf(kind, id) }))).toEqual({ kind, id });
  }
});

test("a link that names nothing, or what nobody can show, selects nothing", () => {
  for (const sel of ["", "evt", "evt:", "constructor:1", ":x"]) {
    expect(selectionOf(changed(parse(""), { sel }))).toBeNull();
  }
});

test("moving a selection is told from selecting, from clearing and from going elsewhere", () => {
  expect(onlySelects(parse("?sel=evt:1&q=a"), parse("?sel=evt:2&q=a"))).toBe(true);
  expect(onlySelects(parse("?q=a"), parse("?sel=evt:2&q=a"))).toBe(false);
  expect(onlySelects(parse("?sel=evt:1"), parse(""))).toBe(false);
  expect(onlySelects(parse("?sel=evt:1&q=a"), parse("?sel=evt:2&q=b"))).toBe(false);
});
