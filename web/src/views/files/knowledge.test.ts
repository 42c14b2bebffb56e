import { expect, test } from "vitest";
import type { EventFrame } from "../../protocol";
import { actsOf, told } from "./knowledge";

function frame(seq: number, agent: string, operation: string, more: object = {}): EventFrame {
  const data = { agent_id: agent, file: "a.py", operation, size: 10, ...more };
  const stored = new Date(seq * 1000).toISOString();
  return { event: "file_operation", seq, stored, project: "shop", session: "s1", agent: `the ${agent}`, data };
}

function sights(whole: boolean, ...frames: EventFrame[]): string[] {
  return told(actsOf(frames, "shop", "a.py"), whole).map(({ sight }) =>
    sight ? `${sight.kind}${"before" in sight ? ` ${sight.before.seq}` : ""}` : "",
  );
}

test("acts are those on this very file, oldest first", () => {
  const frames = [
    frame(3, "b", "edit", { lines_added: 2, lines_removed: 1 }),
    frame(2, "a", "read", { file: "A.py" }),
    frame(1, "a", "read"),
    { ...frame(4, "a", "read"), project: "web" },
    { ...frame(5, "a", "read"), event: "tool_use" },
  ];
  expect(actsOf(frames, "shop", "a.py")).toEqual([
    { seq: 1, time: 1000, agent: "s1/a", name: "the a", operation: "read", size: 10, added: 0, removed: 0 },
    { seq: 3, time: 3000, agent: "s1/b", name: "the b", operation: "edit", size: 10, added: 2, removed: 1 },
  ]);
});

test("a session's own agent is main", () => {
  const [act] = actsOf([frame(1, "a", "read", { agent_id: undefined })], "shop", "a.py");
  expect(act?.agent).toBe("s1/main");
});

test("who read it before changing it has seen it", () => {
  expect(sights(true, frame(1, "a", "read"), frame(2, "a", "edit"))).toEqual(["", "fresh 1"]);
});

test("who changed it itself has seen it", () => {
  expect(sights(true, frame(1, "a", "write"), frame(2, "a", "edit"))).toEqual(["", "fresh 1"]);
});

test("who changes it over a change that came after its last look is told of", () => {
  const frames = [frame(1, "a", "read"), frame(2, "b", "read"), frame(3, "b", "edit"), frame(4, "a", "edit")];
  expect(sights(true, ...frames)).toEqual(["", "", "fresh 2", "stale 3"]);
});

test("who reads it again is up to date again", () => {
  const frames = [frame(1, "a", "read"), frame(2, "b", "write"), frame(3, "a", "read"), frame(4, "a", "edit")];
  expect(sights(true, ...frames)).toEqual(["", "unread", "", "fresh 3"]);
});

test("who makes a file has nothing to read", () => {
  expect(sights(true, frame(1, "a", "write"))).toEqual([""]);
});

test("where the beginning is missing nobody is said not to have read it", () => {
  expect(sights(false, frame(8, "b", "read"), frame(9, "a", "edit"))).toEqual(["", ""]);
});
