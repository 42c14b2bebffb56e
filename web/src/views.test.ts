import { expect, test } from "vitest";
import page from "../index.html?raw";
import { VIEWS, viewNamed } from "./views";

test("before any script has run, the page shows the links that it shows then", () => {
  const links = [...page.matchAll(/href="\/\?view=(\w+)"><span class="tab-title">(\w+)/g)].map(([, ...link]) => link);
  expect(links).toEqual(VIEWS.map(({ id, title }) => [id, title]));
});

test("every view has a key of its own, and five have a tab", () => {
  expect(new Set(VIEWS.map(({ key }) => key)).size).toBe(VIEWS.length);
  expect(VIEWS.map(({ tab }) => tab).filter(Boolean)).toEqual([1, 2, 3, 4, 5]);
});

test("a link to a view that is not there leads to the first", () => {
  expect(viewNamed("constructor").id).toBe("overview");
});
