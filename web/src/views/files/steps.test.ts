import { expect, test } from "vitest";
import { stepOf } from "./steps";
import { linesOf, treesOf } from "./tree";

const FILES = ["src/api/a.py", "src/api/b.py", "src/c.py", "d.md"].map((path) => {
  return { id: `shop/${path}`, key: path, value: { path } };
});

/** shop, src, api, a.py, b.py, c.py, d.md; or with api closed: shop, src, api, c.py, d.md. */
const OPEN = linesOf(treesOf(FILES), () => true);
const CLOSED = linesOf(treesOf(FILES), (id) => id !== "shop/src/api/");

test.each([
  ["ArrowDown", 0, { kind: "go", to: 1 }],
  ["ArrowDown", 6, { kind: "go", to: 6 }],
  ["ArrowUp", 0, { kind: "go", to: 0 }],
  ["PageDown", 1, { kind: "go", to: 4 }],
  ["PageUp", 2, { kind: "go", to: 0 }],
  ["Home", 4, { kind: "go", to: 0 }],
  ["End", 0, { kind: "go", to: 6 }],
  ["ArrowRight", 2, { kind: "go", to: 3 }],
  ["ArrowRight", 3, null],
  ["ArrowLeft", 4, { kind: "go", to: 2 }],
  ["ArrowLeft", 5, { kind: "go", to: 1 }],
  ["ArrowLeft", 2, { kind: "fold", id: "shop/src/api/", open: false }],
  ["Enter", 2, { kind: "fold", id: "shop/src/api/", open: false }],
  ["Enter", 3, { kind: "pick", id: "shop/src/api/a.py" }],
  ["x", 3, null],
])("%s on row %i", (key, at, step) => {
  expect(stepOf(key, OPEN, at, 3)).toEqual(step);
});

test("a closed folder is opened by Right and by Enter, and left to its parent by Left", () => {
  expect(stepOf("ArrowRight", CLOSED, 2, 3)).toEqual({ kind: "fold", id: "shop/src/api/", open: true });
  expect(stepOf("Enter", CLOSED, 2, 3)).toEqual({ kind: "fold", id: "shop/src/api/", open: true });
  expect(stepOf("ArrowLeft", CLOSED, 2, 3)).toEqual({ kind: "go", to: 1 });
});

test("at the top Left stays, and of no row there is nothing to do", () => {
  const closed = linesOf(treesOf(FILES), () => false);
  expect(stepOf("ArrowLeft", closed, 0, 3)).toEqual({ kind: "go", to: 0 });
  expect(stepOf("ArrowDown", [], 0, 3)).toBeNull();
});
