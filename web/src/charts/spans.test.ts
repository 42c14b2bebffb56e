import { describe, expect, test } from "vitest";
import { type Act, coarser, type Lane, Spans } from "./spans";

let seq = 0;

function act(time: number, type: string, word: string, more: Partial<Act> = {}): Act {
  seq += 1;
  const who = { project: "shop", session: "s", agent: "qa", agentId: "a1", tool: "", call: "", about: "", took: null };
  return { seq, time, type, word, waits: false, ...who, ...more };
}

function call(time: number, phase: string, id: string, more: Partial<Act> = {}): Act {
  return act(time, "tool_use", phase, { tool: "Bash", call: id, about: `Bash ${phase} ls`, ...more });
}

function asked(time: number): Act {
  return act(time, "permission_request", "", { waits: true });
}

function lane(acts: Act[], key = "shop/s/a1"): Lane {
  const spans = new Spans();
  for (const each of acts) spans.add(each);
  return spans.lanes.get(key) ?? { name: "", runs: [], calls: [], waits: [] };
}

function times(spans: Lane["calls"]): [number, number | null][] {
  return spans.map(({ from, to }) => [from, to]);
}

describe("tool calls", () => {
  test("last from their start to their end, whatever else happens in between", () => {
    const { calls } = lane([call(0, "started", "x"), call(5, "started", "y"), call(9, "finished", "x")]);
    expect(times(calls)).toEqual([
      [0, 9],
      [5, null],
    ]);
    expect(calls[0]).toMatchObject({ label: "Bash ls", tool: "Bash", failed: 0 });
  });

  test("that fail are marked", () => {
    expect(lane([call(0, "started", "x"), call(9, "failed", "x")]).calls[0]).toMatchObject({ to: 9, failed: 1 });
  });

  test("whose start was not seen are as long as their end says", () => {
    expect(times(lane([call(9, "finished", "x", { took: 4 })]).calls)).toEqual([[5, 9]]);
    expect(times(lane([call(9, "failed", "x")]).calls)).toEqual([[9, 9]]);
    expect(lane([call(9, "finished", "x")]).calls).toEqual([]);
  });

  test("without an id end the newest of their tool", () => {
    const { calls } = lane([call(0, "started", ""), call(1, "started", "", { tool: "Read" }), call(2, "finished", "")]);
    expect(times(calls)).toEqual([
      [0, 2],
      [1, null],
    ]);
  });

  test("end with the run of their agent, for an interrupt ends a call without a word", () => {
    const { calls } = lane([call(0, "started", "x"), act(7, "agent_activity", "completed")]);
    expect(times(calls)).toEqual([[0, 7]]);
  });
});

describe("runs", () => {
  test("of a called agent are one until it ends", () => {
    const { runs } = lane([
      act(0, "agent_activity", "invoked"),
      act(3, "agent_activity", "invoked"),
      act(9, "agent_activity", "failed"),
    ]);
    expect(times(runs)).toEqual([[0, 9]]);
    expect(runs[0]?.failed).toBe(1);
  });

  test("of a session's own agent begin anew with every prompt", () => {
    const own = { agentId: "main" };
    const { runs } = lane(
      [act(0, "agent_activity", "invoked", own), act(3, "agent_activity", "invoked", own)],
      "shop/s/main",
    );
    expect(times(runs)).toEqual([
      [0, 3],
      [3, null],
    ]);
  });

  test("that end under another id are the oldest of that name", () => {
    const { runs } = lane([
      act(0, "agent_activity", "invoked"),
      act(9, "agent_activity", "completed", { agentId: "other" }),
    ]);
    expect(times(runs)).toEqual([[0, 9]]);
  });

  test("end with their session", () => {
    const { runs } = lane([
      act(0, "agent_activity", "invoked"),
      act(9, "session_update", "ended", { agentId: "main" }),
    ]);
    expect(times(runs)).toEqual([[0, 9]]);
  });
});

describe("waits", () => {
  test("last until the agent goes on", () => {
    const { waits } = lane([asked(0), act(9, "tool_use", "finished")]);
    expect(times(waits)).toEqual([[0, 9]]);
  });

  test("are told once, though a notification says so too", () => {
    const told = act(1, "notification", "permission_prompt", { agentId: "main", waits: true });
    expect(lane([asked(0), told], "shop/s/main").waits).toEqual([]);
    expect(lane([told], "shop/s/main").waits).toHaveLength(1);
  });

  test("are one though they are asked for twice", () => {
    const again = act(2, "notification", "permission_prompt", { waits: true });
    expect(times(lane([asked(0), asked(1), again, act(9, "tool_use", "finished")]).waits)).toEqual([[0, 9]]);
  });

  test("all end with a prompt", () => {
    const prompt = act(9, "prompt", "", { agentId: "main" });
    expect(times(lane([asked(0), prompt]).waits)).toEqual([[0, 9]]);
  });

  test("do not begin with a decision or with what asks for nobody", () => {
    expect(lane([act(0, "permission_request", "allow")]).waits).toEqual([]);
    expect(lane([act(0, "notification", "auth_success")]).waits).toEqual([]);
  });
});

test("sessions of one name in two projects are apart", () => {
  const spans = new Spans();
  spans.add(call(0, "started", "x"));
  spans.add(call(0, "started", "x", { project: "ledger" }));
  expect([...spans.lanes.keys()]).toEqual(["shop/s/a1", "ledger/s/a1"]);
});

test("an event without a time and one that nobody acts in change nothing", () => {
  const spans = new Spans();
  spans.add(call(Number.NaN, "started", "x"));
  spans.add(act(0, "session_update", ""));
  expect(spans.lanes.size).toBe(0);
});

test("however many calls there are, a lane stays small, and no call and no failure is left out of the count", () => {
  const acts = Array.from({ length: 20_000 }, (_, index) =>
    call(
      Math.floor(index / 2) * 10,
      index % 2 ? (index % 10 === 9 ? "failed" : "finished") : "started",
      `${index >> 1}`,
    ),
  );
  const { calls } = lane(acts);
  expect(calls.length).toBeLessThanOrEqual(401);
  expect(calls.reduce((sum, { count }) => sum + count, 0)).toBe(10_000);
  expect(calls.reduce((sum, { failed }) => sum + failed, 0)).toBe(2000);
});

test("calls that never end do not pile up", () => {
  const { calls } = lane(Array.from({ length: 5000 }, (_, index) => call(index, "started", `${index}`)));
  expect(calls.length).toBeLessThanOrEqual(401);
});

test("more lanes than are kept drop the one that was silent longest", () => {
  const spans = new Spans();
  for (let number = 0; number < 300; number++) spans.add(call(number, "started", "x", { agentId: `a${number}` }));
  expect(spans.lanes.size).toBe(256);
  expect(spans.lanes.has("shop/s/a299")).toBe(true);
  expect(spans.lanes.has("shop/s/a0")).toBe(false);
});

test("what is long, or waits for an agent, is not joined with what is beside it", () => {
  const { calls } = lane([
    ...[call(0, "started", "x"), call(100, "finished", "x"), call(102, "started", "y"), call(103, "finished", "y")],
    ...[call(104, "started", "z", { tool: "Task" }), call(105, "finished", "z", { tool: "Task" })],
  ]);
  expect(coarser(calls, 5)).toEqual(calls);
});

test("spans are joined where less than the grain is between them", () => {
  const { calls } = lane([
    ...[call(0, "started", "x"), call(10, "finished", "x"), call(12, "started", "y"), call(20, "failed", "y")],
    ...[call(90, "started", "z"), call(91, "finished", "z")],
  ]);
  const joined = coarser(calls, 5);
  expect(times(joined)).toEqual([
    [0, 20],
    [90, 91],
  ]);
  expect(joined[0]).toMatchObject({ count: 2, failed: 1, label: "2 Bash" });
});
