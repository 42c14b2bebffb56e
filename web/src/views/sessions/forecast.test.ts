import { expect, test } from "vitest";
import { burnRate, forecast } from "./forecast";

const NOW = Date.parse("2026-11-24T12:00:00Z");
const context_thresholds = [0.7, 0.85, 0.95];
const RISING = { context_percentage: 0.5, context_thresholds, full_at: "2026-11-24T12:04:30Z", burn: 3100 };

test.each([
  [RISING, "95 % in 4 min"],
  [{ ...RISING, full_at: "2026-11-24T12:00:00.400Z" }, "95 % about now"],
  [{ ...RISING, full_at: "2026-11-24T11:50:00Z" }, "not rising any more"],
  [{ context_percentage: 0.5, context_thresholds }, "not rising"],
  [{ context_percentage: 0.95, context_thresholds }, "past 95 %"],
  [{ context_percentage: 0.96, context_thresholds: [0.5, 0.6, 0.955] }, "past 95.5 %"],
  [{ context_percentage: 0.5 }, "not rising"],
  [{}, ""],
  [{ ...RISING, status: "ended" as const }, ""],
])("of %j it is foretold: %s", (session, expected) => {
  expect(forecast(session, NOW)).toBe(expected);
});

test("the rate is told while it is one", () => {
  expect(burnRate(RISING, NOW)).toBe("+3.1 k/min");
  expect(burnRate({ burn: 3100 }, NOW)).toBe("+3.1 k/min");
  expect(burnRate({}, NOW)).toBe("");
  expect(burnRate({ ...RISING, status: "ended" }, NOW)).toBe("");
  expect(burnRate(RISING, NOW + 600_000)).toBe("");
});
