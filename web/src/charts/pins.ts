import type { LaneRow } from "./lanes";

/** The rows with those that are pinned first, below a head of their own; and how many of them stay where they are. */
export function pinnedFirst(
  rows: readonly LaneRow[],
  pinned: ReadonlySet<string>,
): { readonly rows: readonly LaneRow[]; readonly held: number } {
  const held = rows.filter(({ kind, id }) => kind === "agent" && pinned.has(id));
  const [head] = rows;
  if (held.length === 0 || !head) return { rows, held: 0 };
  const title = { ...head, id: "pinned", name: "Pinned", session: undefined };
  const rest = rows.filter((row) => !held.includes(row));
  const named = rest.filter(({ kind }, index) => kind === "agent" || rest[index + 1]?.kind === "agent");
  return { rows: [title, ...held, ...named], held: held.length + 1 };
}

/** As a key of the URL has them: by commas. */
export function pinsIn(text: string | undefined): ReadonlySet<string> {
  return new Set((text ?? "").split(",").filter(Boolean).map(decode));
}

/** null where nothing is pinned any more. */
export function pinsWith(pins: ReadonlySet<string>, id: string): string | null {
  const others = [...pins].filter((each) => each !== id);
  const next = pins.has(id) ? others : [...others, id];
  return next.map((each) => each.replace(/[%,]/g, encodeURIComponent)).join(",") || null;
}

function decode(text: string): string {
  return text.replace(/%2C/g, ",").replace(/%25/g, "%");
}
