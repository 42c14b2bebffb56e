import { expect, test } from "vitest";
import fixture from "../../../tests/fixtures/query.json?raw";
import { type Columns, matches } from "./matches";
import { parse } from "./parse";
import { FIELDS, type Query } from "./terms";
import { moment } from "./when";

interface Fixture {
  readonly now: string;
  readonly rows: readonly (Omit<Columns, "stored"> & { readonly stored: string })[];
  readonly cases: readonly Case[];
}

interface Case {
  readonly query: string;
  readonly ast?: Query;
  readonly matches?: readonly number[];
  readonly error?: { readonly start: number; readonly end: number };
}

const FIXTURE: Fixture = JSON.parse(fixture);
const NOW = Date.parse(FIXTURE.now);
const ROWS: Columns[] = FIXTURE.rows.map((row) => ({ ...row, stored: Date.parse(row.stored) }));

test.each(FIXTURE.cases.filter(({ ast }) => ast))("$query has its AST and finds its rows", (each) => {
  const { query } = parse(each.query);
  expect(query).toEqual(each.ast);
  expect(ROWS.filter((row) => query && matches(query, row, NOW)).map(({ seq }) => seq)).toEqual(each.matches);
});

test.each(FIXTURE.cases.filter(({ error }) => error))("$query is wrong and says where", (each) => {
  expect(parse(each.query).error).toMatchObject(each.error ?? {});
});

test("an unknown field is answered with those there are", () => {
  const message = parse("tool:Read colour:red").error?.message ?? "";
  expect(message).toMatch(/^There is no field colour; there are type, agent, /);
  expect(FIELDS.filter((field) => !message.includes(field))).toEqual([]);
});

test.each(["a".repeat(1001), "a ".repeat(60)])("a query that is too long is refused", (text) => {
  expect(parse(text).error?.message).toMatch("at most");
});

test.each([
  ["2026-11-24T10:00:00+0100", "2026-11-24T09:00:00Z"],
  ['"2026-11-24 10:00:00.5z"', "2026-11-24T10:00:00.500Z"],
  ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"],
  ["2028-02-29", "2028-02-29T00:00:00Z"],
])("after:%s is %s", (text, at) => {
  expect(parse(`after:${text}`).query?.terms[0]).toMatchObject({ at });
});

test.each(["2026-02-29", "0000-01-01", "2026-11-24T24:00:00Z", "2026-11-24T10:00Z", "9999-12-31T23:59:59-01:00"])(
  "there is no time %s",
  (text) => {
    expect(parse(`after:${text}`).error?.message).toMatch("A time is like");
  },
);

test("a time of day is the last one there was", () => {
  const now = Date.parse("2026-11-24T00:10:00Z");
  expect(moment({ clock: 23 * 3600 }, now)).toBe(Date.parse("2026-11-23T23:00:00Z"));
  expect(moment({ clock: 23 * 3600 }, now + 23 * 3_600_000)).toBe(Date.parse("2026-11-24T23:00:00Z"));
});

/** Small and fast random numbers, the same in every run. */
function* numbers(seed: number): Generator<number> {
  for (let state = seed; ; ) {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

test("any text is a query or a fault within it", () => {
  const parts = [...FIELDS, ...'-:~"<>=, a1*\\é😀\u2028([)]{}?+|^$.'];
  const random = numbers(7);
  const next = (limit: number) => Math.floor((random.next().value ?? 0) * limit);
  for (let run = 0; run < 20_000; run += 1) {
    const text = Array.from({ length: next(12) }, () => parts[next(parts.length)]).join("");
    const { query, error } = parse(text);
    if (error) {
      expect(error.start, text).toBeLessThan(error.end);
      expect(error.end, text).toBeLessThanOrEqual(text.length);
    }
    for (const { start, end, not } of query?.terms ?? []) {
      expect(text.slice(start, end).trim(), text).toBe(text.slice(start, end));
      expect(text.startsWith("-", start), text).toBe(not ?? false);
    }
    for (const row of ROWS) if (query) matches(query, row, NOW);
  }
});
