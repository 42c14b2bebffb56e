import { effect, type ReadonlySignal, signal } from "@preact/signals";
import { ask } from "../answer";
import type { Link } from "../socket";

export interface Version {
  /** Whether Lookout is another version than when the page was loaded. */
  readonly updated: ReadonlySignal<boolean>;
}

/** Asks for the version whenever a connection is there, for nothing updates a server that stays connected. */
export function watchVersion(link: ReadonlySignal<Link>): Version {
  const updated = signal(false);
  let first: string | undefined;
  const compare = async () => {
    const { version }: { version?: string } = await (await ask("/health")).json();
    first ??= version;
    updated.value = version !== first;
  };
  effect(() => {
    // Without an answer nothing is known, and the next connection asks again.
    if (link.value.kind === "live") compare().catch(() => {});
  });
  return { updated };
}
