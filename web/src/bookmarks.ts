import { type Signal, signal } from "@preact/signals";

/** An event that its reader wants to find again. */
export interface Bookmark {
  /** Of which log: a seq means nothing in another. */
  readonly epoch: string;
  readonly seq: number;
  readonly about: string;
}

const KEY = "lookout.bookmarks";
const MOST = 200;

/** What the reader has marked; the browser keeps it. Of too many the oldest is lost. */
export class Bookmarks {
  readonly all: Signal<readonly Bookmark[]>;

  constructor(private readonly storage: Storage) {
    this.all = signal(read(storage.getItem(KEY) ?? "[]"));
  }

  /** Those of one log. */
  of(epoch: string): readonly Bookmark[] {
    return this.all.value.filter((each) => each.epoch === epoch);
  }

  has(epoch: string, seq: number): boolean {
    return this.all.value.some((each) => each.epoch === epoch && each.seq === seq);
  }

  /** Marks an event, or unmarks it. Returns whether it is marked then. */
  toggle({ epoch, seq, about }: Bookmark): boolean {
    const there = this.has(epoch, seq);
    const others = this.all.peek().filter((each) => each.epoch !== epoch || each.seq !== seq);
    this.all.value = there ? others : [...others, { epoch, seq, about }].slice(-MOST);
    this.storage.setItem(KEY, JSON.stringify(this.all.peek()));
    return !there;
  }
}

/** What another version of the page has kept may be of another shape. */
function read(text: string): Bookmark[] {
  try {
    const kept: unknown = JSON.parse(text);
    return Array.isArray(kept) ? kept.filter(isBookmark) : [];
  } catch {
    return [];
  }
}

function isBookmark(value: Partial<Bookmark> | null): value is Bookmark {
  return typeof value?.epoch === "string" && typeof value.seq === "number" && typeof value.about === "string";
}
