import { expect, test } from "vitest";
import { Bookmarks } from "./bookmarks";

function storage(kept: Record<string, string> = {}): Storage {
  const items = new Map(Object.entries(kept));
  return {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => items.set(key, value),
  } as unknown as Storage;
}

const mark = (seq: number, epoch = "one") => ({ epoch, seq, about: `event ${seq}` });

test("what is marked is kept, and marked again it is not", () => {
  const kept = storage();
  const bookmarks = new Bookmarks(kept);
  expect([bookmarks.toggle(mark(7)), bookmarks.toggle(mark(9)), bookmarks.toggle(mark(7))]).toEqual([
    true,
    true,
    false,
  ]);
  expect(new Bookmarks(kept).all.value).toEqual([mark(9)]);
});

test("the same number in another log is another event", () => {
  const bookmarks = new Bookmarks(storage());
  bookmarks.toggle(mark(7));
  expect([bookmarks.has("one", 7), bookmarks.has("two", 7)]).toEqual([true, false]);
  expect(bookmarks.of("two")).toEqual([]);
});

test("of too many the oldest is lost", () => {
  const bookmarks = new Bookmarks(storage());
  for (let seq = 1; seq <= 201; seq += 1) bookmarks.toggle(mark(seq));
  expect([bookmarks.all.value.length, bookmarks.has("one", 1), bookmarks.has("one", 201)]).toEqual([200, false, true]);
});

test.each(["{", "{}", '[null, 3, {"seq": "7"}]'])("%s is no bookmark", (text) => {
  expect(new Bookmarks(storage({ "lookout.bookmarks": text })).all.value).toEqual([]);
});
