import { expect, test } from "vitest";
import { parse } from "./parse";
import {
  between,
  edgesOf,
  HOUR,
  last,
  MINUTE,
  PRESETS,
  parseRange,
  rangeTerms,
  rangeWords,
  shifted,
  wider,
  writtenRange,
} from "./range";

const NOW = new Date(2026, 10, 24, 21, 32, 7).getTime();

test("a link's range is read and written", () => {
  for (const text of ["15m", "1h", "7d", "90s", "2026-11-24T21:10:00Z..2026-11-24T21:20:00Z"]) {
    const range = parseRange(text);
    expect(range && writtenRange(range)).toBe(text);
  }
  for (const text of ["", "soon", "0m", "999999d", "2026-11-24T21:20:00Z..2026-11-24T21:10:00Z", "15m..1h", ".."]) {
    expect(parseRange(text)).toBeNull();
  }
});

test("a range is also terms of a query", () => {
  for (const range of [...PRESETS, between(NOW - HOUR, NOW)]) expect(parse(rangeTerms(range)).error).toBeUndefined();
  expect(rangeTerms(last(15 * MINUTE))).toBe("after:-15m");
});

test("a range is said in words", () => {
  expect(rangeWords(last(15 * MINUTE), NOW)).toBe("Last 15 minutes");
  expect(rangeWords(last(HOUR), NOW)).toBe("Last hour");
  expect(rangeWords(last(6 * HOUR), NOW)).toBe("Last 6 hours");
  expect(rangeWords(between(NOW - 10 * MINUTE, NOW), NOW)).toBe("21:22:07 to 21:32:07 (10 min)");
  expect(rangeWords(between(NOW - 24 * HOUR, NOW), NOW)).toBe("23 Nov 21:32:07 to 24 Nov 21:32:07 (1 d)");
});

test("an hour can be moved, and not into the future", () => {
  const hour = last(HOUR);
  expect(shifted(hour, NOW, -1)).toEqual(between(NOW - 1.5 * HOUR, NOW - 0.5 * HOUR));
  expect(shifted(between(NOW - 1.5 * HOUR, NOW - 0.5 * HOUR), NOW + 1, 1)).toEqual(between(NOW - HOUR, NOW));
  expect(shifted(hour, NOW, 1)).toEqual(hour);
});

test("a range grows about its middle, up to now", () => {
  expect(wider(last(HOUR), NOW)).toEqual(last(2 * HOUR));
  expect(edgesOf(wider(between(NOW - 4 * HOUR, NOW - 2 * HOUR), NOW), NOW)).toEqual(
    between(NOW - 5 * HOUR, NOW - HOUR),
  );
  expect(wider(between(NOW - HOUR, NOW), NOW)).toEqual(between(NOW - 1.5 * HOUR, NOW));
});
