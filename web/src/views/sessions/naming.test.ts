import { expect, test } from "vitest";
import { sessionName } from "./naming";

test.each([
  [{ title: "Fix the cart", cwd: "/home/dev/webshop" }, "Fix the cart"],
  [{ cwd: "/home/dev/webshop" }, "webshop · 3b977bc9"],
  [{ cwd: "/" }, "3b977bc9"],
  [{ title: "\u001b[31m" }, "3b977bc9"],
])("a session with %j is called %s", (session, expected) => {
  expect(sessionName(session, "3b977bc9-7000-40a8-af05-d987589b1d05")).toBe(expected);
});
