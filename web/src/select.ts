import type { Address, Place } from "./url";

export const KINDS = ["evt", "agent", "session", "file"] as const;
export type Kind = (typeof KINDS)[number];

/** What the inspector shows. */
export interface Selection {
  readonly kind: Kind;
  /** The seq of an event; of all else its project, a slash and its key in it, as in state.ts. */
  readonly id: string;
}

/**
 * As the `sel` of a URL: `evt:48214`, `agent:<project>/<session>/<agent id>`, `session:<project>/<session>`,
 * `file:<project>/<path>`.
 */
export function selOf(kind: Kind, id: string | number): string {
  return `${kind}:${id}`;
}

export function selectionOf(place: Place): Selection | null {
  const sel = place.get("sel") ?? "";
  const colon = sel.indexOf(":");
  const kind = KINDS.find((each) => each === sel.slice(0, colon));
  return kind && colon + 1 < sel.length ? { kind, id: sel.slice(colon + 1) } : null;
}

/** Back leads to where nothing was selected, past however many selections there were in between. */
export function selector(address: Address): (sel: string | null) => void {
  return (sel) => {
    const moves = sel !== null && address.place.peek().has("sel");
    if (moves) address.adjust({ sel });
    else address.go({ sel });
  };
}

/** Whether all that differs is what is selected. */
export function onlySelects(from: Place, to: Place): boolean {
  const differs = [...new Set([...from.keys(), ...to.keys()])].filter((key) => from.get(key) !== to.get(key));
  return differs.length === 1 && differs[0] === "sel" && from.has("sel") && to.has("sel");
}
