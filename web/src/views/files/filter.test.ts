import { expect, test } from "vitest";
import { matcherOf } from "./filter";

test.each([
  ["", "src/api/routes.py", true],
  ["  ", "src/api/routes.py", true],
  ["ROUTES", "src/api/routes.py", true],
  ["src py", "src/api/routes.py", true],
  ["src ts", "src/api/routes.py", false],
  ["src/*.py", "src/api/routes.py", true],
  ["py*src", "src/api/routes.py", false],
  ["*", "a", true],
  ["aa*aa", "aaa", false],
])("%j finds %j: %j", (text, path, found) => {
  expect(matcherOf(text)(path)).toBe(found);
});
