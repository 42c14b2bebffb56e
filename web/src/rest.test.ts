import { signal } from "@preact/signals";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { restUnseen } from "./rest";
import type { Link } from "./socket";

class Page extends EventTarget {
  hidden = false;

  turn(hidden: boolean): void {
    this.hidden = hidden;
    this.dispatchEvent(new Event("visibilitychange"));
  }
}

let page: Page;
let done: string[];
const link = signal<Link>({ kind: "live" });
const socket = {
  rest: () => {
    done.push("rest");
    link.value = { kind: "resting", since: 0 };
  },
  connect: () => done.push("connect"),
};

beforeEach(() => {
  vi.useFakeTimers();
  page = new Page();
  done = [];
  link.value = { kind: "live" };
});

afterEach(() => {
  vi.useRealTimers();
});

function watch(): void {
  restUnseen(page as never, { link, socket } as never);
}

test("a page that nobody has seen for ten seconds rests, and goes on when it is seen", () => {
  watch();
  page.turn(true);
  vi.advanceTimersByTime(9_900);
  expect(done).toEqual([]);
  vi.advanceTimersByTime(100);
  expect(done).toEqual(["rest"]);
  page.turn(false);
  expect(done).toEqual(["rest", "connect"]);
});

test("a page that is hidden for a moment notices nothing", () => {
  watch();
  page.turn(true);
  vi.advanceTimersByTime(5_000);
  page.turn(false);
  vi.advanceTimersByTime(60_000);
  expect(done).toEqual([]);
});

test("a page that is opened where nobody sees it rests too", () => {
  page.hidden = true;
  watch();
  vi.advanceTimersByTime(10_000);
  expect(done).toEqual(["rest"]);
});

test("where a person must try again, a page that is seen again does not do so by itself", () => {
  link.value = { kind: "refused", why: "Sign in first." };
  watch();
  page.turn(true);
  vi.advanceTimersByTime(60_000);
  page.turn(false);
  expect(done).toEqual([]);
});
