import { expect, test } from "vitest";
import { ALL_CLOSED, ALL_OPEN, folded, isOpen } from "./folds";

test("a folder is as all are until it is opened or closed by itself", () => {
  const one = folded(ALL_OPEN, ["a/"], false);
  expect([isOpen(one, "a/"), isOpen(one, "b/")]).toEqual([false, true]);
  expect(isOpen(folded(one, ["a/"], true), "a/")).toBe(true);
  const other = folded(ALL_CLOSED, ["a/", "a/b/"], true);
  expect([isOpen(other, "a/b/"), isOpen(other, "c/")]).toEqual([true, false]);
});

test("to open what is open changes nothing", () => {
  expect(isOpen(folded(ALL_OPEN, ["a/"], true), "a/")).toBe(true);
});
