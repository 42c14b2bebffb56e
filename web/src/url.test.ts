import { expect, test } from "vitest";
import { addressOf, changed, parse, serialise, viewAndTab } from "./url";

test("a link reads as it was written, and keeps what nobody knows", () => {
  for (const url of ["/?view=agents.lanes&sel=evt:48214&q=session:3f2b", "/?from=elsewhere&x=1,2", "/"]) {
    expect(serialise(parse(url.slice(1)))).toBe(url);
  }
});

test("what agents name things comes back from a link as it was", () => {
  for (const name of ["a b&c=d#e", "%2F", "файл.py", '"><script>', "__proto__", "a+b"]) {
    const place = changed(parse(""), { sel: `file:shop/${name}` });
    expect(parse(serialise(place).slice(1)).get("sel")).toBe(`file:shop/${name}`);
  }
});

test("a change touches the keys that it names", () => {
  const place = changed(parse("?view=files&sel=x&mine=1"), { view: "events", sel: null, q: "type:*" });
  expect(serialise(place)).toBe("/?view=events&mine=1&q=type%3A*".replace("%3A", ":"));
});

test("a view may name a tab", () => {
  expect(viewAndTab(parse("?view=agents.lanes"))).toEqual(["agents", "lanes"]);
  expect(viewAndTab(parse("?view=agents"))).toEqual(["agents", ""]);
  expect(viewAndTab(parse(""))).toEqual(["", ""]);
});

/** A browser's history, as far as it is used. */
function browserAt(url: string) {
  const entries = [url];
  let back = () => {};
  const browser = {
    location: { search: url.slice(1) },
    history: {
      pushState: (_: unknown, __: string, to: string) => void entries.push(to),
      replaceState: (_: unknown, __: string, to: string) => void entries.splice(-1, 1, to),
    },
    addEventListener: (_: string, listener: () => void) => {
      back = listener;
    },
  };
  const pop = () => {
    entries.pop();
    browser.location.search = entries.at(-1)?.slice(1) ?? "";
    back();
  };
  return { browser: browser as unknown as Parameters<typeof addressOf>[0], entries, pop };
}

test("going somewhere can be gone back from, adjusting cannot", () => {
  const { browser, entries, pop } = browserAt("/?view=events");
  const address = addressOf(browser);
  address.go({ q: "type:a" });
  address.adjust({ q: "type:ab" });
  expect(entries).toEqual(["/?view=events", "/?view=events&q=type:ab"]);
  pop();
  expect(address.place.value.get("q")).toBeUndefined();
});

test("going to where one is leaves no trace in the history", () => {
  const { browser, entries } = browserAt("/?view=events");
  addressOf(browser).go({ view: "events" });
  expect(entries).toEqual(["/?view=events"]);
});
