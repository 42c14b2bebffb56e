import { expect, test } from "vitest";
import type { Entry, FileState } from "../../state";
import { type Branch, filesIn, foldersAround, linesOf, treesOf } from "./tree";

function file(path: string, value: FileState = {}, project = "shop"): Entry<FileState> {
  return { id: `${project}/${path}`, key: path, value: { path, ...value } };
}

/** The names, indented. */
function drawn(trees: readonly Branch[], isOpen: (id: string) => boolean = () => true): string[] {
  return linesOf(trees, isOpen).map(({ branch, level }) => " ".repeat(level - 1) + branch.name);
}

test("folders come before files, each by name, below their project", () => {
  const trees = treesOf([file("README.md"), file("src/b.py"), file("src/a.py"), file("src/api/routes.py")]);
  expect(drawn(trees)).toEqual(["shop", " src", "  api", "   routes.py", "  a.py", "  b.py", " README.md"]);
});

test("a folder with nothing but one folder in it is one row with that", () => {
  const trees = treesOf([file("src/main/java/A.java"), file("docs/a.md")]);
  expect(drawn(trees)).toEqual(["shop", " docs", "  a.md", " src/main/java", "  A.java"]);
});

test("a project says which folder all its files are in", () => {
  const [tree] = treesOf([file("/home/dev/shop/a.py"), file("/home/dev/shop/src/b.py")]);
  expect(tree?.base).toBe("/home/dev/shop");
  expect(drawn(tree ? [tree] : [])).toEqual(["shop", " src", "  b.py", " a.py"]);
});

test("paths of Windows and of the network are taken apart too", () => {
  const [tree] = treesOf([file("C:\\dev\\a.py"), file("C:\\dev\\b\\c.py")]);
  expect([tree?.base, tree && drawn([tree])]).toEqual(["C:/dev", ["shop", " b", "  c.py", " a.py"]]);
  expect(treesOf([file("\\\\box\\dev\\a.py")])[0]?.base).toBe("//box/dev");
});

test("a name with a backslash in it is a name elsewhere", () => {
  expect(drawn(treesOf([file("a\\b.py")]))).toEqual(["shop", " a\\b.py"]);
});

test("a folder keeps its id when another one comes beside it", () => {
  const ids = (trees: Branch[]) => linesOf(trees, () => true).map(({ branch }) => branch.id);
  const before = ids(treesOf([file("x.py"), file("src/api/a.py")]));
  const after = ids(treesOf([file("x.py"), file("src/api/a.py"), file("src/web/b.ts")]));
  expect(before).toContain("shop/src/api/");
  expect(after).toEqual(expect.arrayContaining(before));
});

test("a folder sums up what is in it, and tells who was there last", () => {
  const [tree] = treesOf([
    file("a/x.py", {
      reads: 2,
      edits: 1,
      size: 100,
      seq: 7,
      time: "2026-11-24T10:00:00Z",
      agent_name: "qa",
      conflict: { since: "", last: "", agents: [] },
    }),
    file("a/b/y.py", { reads: 3, writes: 1, size: 50, seq: 9, time: "2026-11-24T10:01:00Z", agent_name: "pm" }),
  ]);
  expect(tree?.sums).toMatchObject({ files: 2, conflicts: 1, reads: 5, edits: 1, writes: 1, size: 150, by: "pm" });
  expect(tree?.sums.time).toBe(Date.parse("2026-11-24T10:01:00Z"));
  expect([...(tree ? filesIn(tree) : [])].map(({ key }) => key)).toEqual(["a/b/y.py", "a/x.py"]);
});

test("two projects have a tree each, also of the same path", () => {
  const trees = treesOf([file("a.py", {}, "web"), file("a.py", {}, "shop")]);
  expect(drawn(trees)).toEqual(["shop", " a.py", "web", " a.py"]);
});

test("what is in a closed folder is no row", () => {
  const trees = treesOf([file("x.py"), file("src/a.py"), file("docs/b.md")]);
  expect(drawn(trees, (id) => id !== "shop/src/")).toEqual(["shop", " docs", "  b.md", " src", " x.py"]);
});

test("rows say how deep they are and which of how many", () => {
  const lines = linesOf(treesOf([file("a.py"), file("b.py")]), () => true);
  expect(lines.map(({ level, position, siblings, open }) => [level, position, siblings, open])).toEqual([
    [1, 1, 1, true],
    [2, 1, 2, null],
    [2, 2, 2, null],
  ]);
});

test("the folders around a file are found, to open them", () => {
  const trees = treesOf([file("x.py"), file("src/api/a.py"), file("src/b.py")]);
  expect(foldersAround(trees, "shop/src/api/a.py")).toEqual(["shop/", "shop/src/", "shop/src/api/"]);
  expect(foldersAround(trees, "shop/x.py")).toEqual(["shop/"]);
  expect(foldersAround(trees, "shop/gone.py")).toEqual([]);
});

test("an empty path, or one of slashes alone, is a row like any other", () => {
  expect(linesOf(treesOf([file(""), file("///")]), () => true)).toHaveLength(2);
});
