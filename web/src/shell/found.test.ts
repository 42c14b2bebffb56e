import { expect, test } from "vitest";
import { ranked, thingsIn } from "./found";

function titles(text: string, ...all: string[]): string[] {
  return ranked(
    all.map((title) => ({ title })),
    text,
  ).map(({ title }) => title);
}

test("every word must be there, and where it begins something it counts more", () => {
  expect(titles("go ev", "Go to Events", "Events gone", "Go to Agents", "Forego every")).toEqual([
    "Go to Events",
    "Events gone",
    "Forego every",
  ]);
  expect(titles("", "b", "a")).toEqual(["b", "a"]);
  expect(titles("HANDLERS", "src/handlers.py", "mishandlers.py")).toEqual(["src/handlers.py", "mishandlers.py"]);
});

test("projects, agents, sessions and files can be gone to", () => {
  const went: (string | null)[] = [];
  const steps = { select: (sel: string) => went.push(sel), project: (name: string | null) => went.push(name) };
  const shop = {
    agents: { "s/main": { name: "pm", session: "s" } },
    sessions: { s: { title: "the fix" } },
    files: { "a.py": { path: "a.py" } },
  };
  const things = thingsIn({ projects: { shop, api: {} } }, steps);
  expect(things.map(({ kind, title }) => `${kind} ${title}`)).toEqual([
    "project api",
    "project shop",
    "project All projects",
    "agent pm in s, shop",
    "session the fix, shop",
    "file a.py",
  ]);
  for (const { run } of things) run();
  expect(went).toEqual(["api", "shop", null, "agent:shop/s/main", "session:shop/s", "file:shop/a.py"]);
});
