import { effect, signal } from "@preact/signals";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Json } from "./patch";
import { Ring, type Tape } from "./ring";
import type { Row } from "./rows";
import { Turns } from "./turns";
import { type Place, parse } from "./url";
import { shownInTurn } from "./use-turns";

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("requestAnimationFrame", (frame: () => void) => setTimeout(frame, 16));
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function panel() {
  const shown = { state: signal<Json>({}), rows: signal<Tape<Row>>(new Ring<Row>(9)), now: signal(0) };
  const place = signal<Place>(parse(""));
  const inTurn = shownInTurn({ shown, turns: new Turns(), address: { place } } as never, 500);
  const drawn: Json[] = [];
  effect(() => {
    drawn.push(inTurn.shown.state.value);
  });
  return { shown, place, drawn, inTurn, stop: inTurn.follow() };
}

test("what comes within half a second is shown together, and the last of it is not forgotten", () => {
  const { shown, drawn } = panel();
  for (const each of [1, 2, 3, 4]) {
    shown.state.value = each;
    vi.advanceTimersByTime(100);
  }
  vi.advanceTimersByTime(1000);
  expect(drawn).toEqual([{}, 1, 4]);
});

test("another project is shown at once", () => {
  const { shown, place, drawn } = panel();
  shown.state.value = 1;
  vi.advanceTimersByTime(100);
  shown.state.value = 2;
  place.value = parse("?project=shop");
  expect(drawn).toEqual([{}, 1, 2]);
});

test("a panel that is gone takes no turns", () => {
  const { shown, drawn, stop, inTurn } = panel();
  stop();
  shown.state.value = 1;
  vi.advanceTimersByTime(1000);
  expect(drawn).toEqual([{}]);
  inTurn.follow();
  vi.advanceTimersByTime(1000);
  expect(drawn).toEqual([{}, 1]);
});
