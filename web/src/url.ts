import { type ReadonlySignal, signal } from "@preact/signals";

/** What a link says, by its keys in their order. A key that nobody knows is kept. */
export type Place = ReadonlyMap<string, string>;

/** null takes a key away. */
export type Change = { readonly [key: string]: string | null };

export function parse(search: string): Place {
  return new Map(new URLSearchParams(search));
}

const READABLE = new Map([
  ["%3A", ":"],
  ["%2F", "/"],
  ["%2C", ","],
  ["%40", "@"],
]);

/** `/?view=events&sel=evt:48214`; `/` for nothing. */
export function serialise(place: Place): string {
  const text = new URLSearchParams([...place]).toString();
  return text === "" ? "/" : `/?${text.replace(/%(?:3A|2F|2C|40)/g, (code) => READABLE.get(code) ?? code)}`;
}

export function changed(place: Place, change: Change): Place {
  const next = new Map(place);
  for (const [key, value] of Object.entries(change)) {
    if (value === null) next.delete(key);
    else next.set(key, value);
  }
  return next;
}

/** `agents.lanes` is the tab `lanes` of the view `agents`. */
export function viewAndTab(place: Place): readonly [view: string, tab: string] {
  const [view = "", tab = ""] = (place.get("view") ?? "").split(".");
  return [view, tab];
}

/** Where the page is, as its URL says. */
export interface Address {
  readonly place: ReadonlySignal<Place>;
  /** A link from here; who renders it is rendered again when the place changes. */
  href(change: Change): string;
  /** Goes there, so that Back leads here. */
  go(change: Change): void;
  /** Goes there in place of here: while something is dragged, or of no interest on the way back. */
  adjust(change: Change): void;
}

type Browser = Pick<Window, "location" | "history" | "addEventListener">;

export function addressOf(browser: Browser): Address {
  const place = signal(parse(browser.location.search));
  const move = (how: "pushState" | "replaceState", change: Change) => {
    const next = changed(place.peek(), change);
    const url = serialise(next);
    if (url === serialise(place.peek())) return;
    browser.history[how](null, "", url);
    place.value = next;
  };
  browser.addEventListener("popstate", () => {
    place.value = parse(browser.location.search);
  });
  return {
    place,
    href: (change) => serialise(changed(place.value, change)),
    go: (change) => move("pushState", change),
    adjust: (change) => move("replaceState", change),
  };
}
