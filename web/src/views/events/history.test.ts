import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { History } from "./history";

let log: number[] = [];
let asked: URLSearchParams[] = [];
let complete = true;

/** Answers as the API does, four events at a time where it is out of time. */
async function answer(path: string): Promise<Response> {
  const search = new URL(path, "http://localhost").searchParams;
  asked.push(search);
  if (search.get("q") === "slow") return Response.json({ detail: "q: The pattern is too slow." }, { status: 400 });
  const before = Number(search.get("before") ?? Number.POSITIVE_INFINITY);
  const limit = complete ? Number(search.get("limit")) : 4;
  const earlier = log.filter((seq) => seq < before).reverse();
  const events = earlier.slice(0, limit).map((seq) => ({ event: "prompt", seq, data: {} }));
  const next = earlier.length > limit ? { next: events.at(-1)?.seq } : {};
  return Response.json({ events, complete, ...next });
}

beforeEach(() => {
  log = Array.from({ length: 500 }, (_, index) => index + 1);
  asked = [];
  complete = true;
  vi.stubGlobal("fetch", answer);
});

afterEach(() => vi.unstubAllGlobals());

function seqs(history: History): number[] {
  return history.found.value.rows.map(({ seq }) => seq);
}

test("pages go back to the first event, in order and without a hole", async () => {
  const history = new History("tool:Bash", 451);
  for (let page = 0; page < 5; page += 1) await history.older();
  expect(seqs(history)).toEqual(log.slice(0, 450));
  expect(history.found.value.next).toBeNull();
  expect(asked).toHaveLength(3);
  expect(asked[0]?.get("q")).toBe("tool:Bash");
});

test("a search that runs out of time goes on by itself", async () => {
  complete = false;
  const history = new History("x", null);
  await history.older();
  expect(seqs(history)).toEqual(log.slice(-80));
});

test("what has come is added, and where that is more than a page begins anew", async () => {
  const history = new History("x", null);
  await history.older();
  log.push(501, 502);
  await history.newer();
  expect(seqs(history)).toEqual(log.slice(-202));
  expect(history.found.value).toMatchObject({ next: 301, come: 202 });
  log.push(...Array.from({ length: 300 }, (_, index) => 503 + index));
  await history.newer();
  expect(seqs(history)).toEqual(log.slice(-200));
  expect(history.found.value.come).toBe(402);
});

test("a refusal is told, and what was there stays", async () => {
  const history = new History("slow", null);
  await history.older();
  expect(history.found.value).toMatchObject({ rows: [], busy: false, error: "q: The pattern is too slow." });
});

test("what is stopped changes nothing any more", async () => {
  const history = new History("x", null);
  const asking = history.older();
  history.stop();
  await asking;
  expect(seqs(history)).toEqual([]);
});
