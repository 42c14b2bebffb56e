import { expect, test } from "vitest";
import { next, orderOf } from "./order";

const COLUMNS = ["calls", "cost"] as const;

test("a word names a column, either way round, or nothing", () => {
  expect(orderOf(COLUMNS, "cost")).toEqual({ column: "cost", turned: false });
  expect(orderOf(COLUMNS, "-cost")).toEqual({ column: "cost", turned: true });
  expect(orderOf(COLUMNS, "nonsense")).toEqual({ column: null, turned: false });
  expect(orderOf(COLUMNS, undefined)).toEqual({ column: null, turned: false });
});

test("a click sorts, the next turns it round, and the third gives the table its own order back", () => {
  expect(next(orderOf(COLUMNS, undefined), "calls")).toBe("calls");
  expect(next(orderOf(COLUMNS, "calls"), "calls")).toBe("-calls");
  expect(next(orderOf(COLUMNS, "-calls"), "calls")).toBeNull();
  expect(next(orderOf(COLUMNS, "-calls"), "cost")).toBe("cost");
});
