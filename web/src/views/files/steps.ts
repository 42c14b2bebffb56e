import type { Line } from "./tree";

/** What a key does in a tree: goes to another row, opens or closes a folder, or picks a file. */
export type Step =
  | { readonly kind: "go"; readonly to: number }
  | { readonly kind: "fold"; readonly id: string; readonly open: boolean }
  | { readonly kind: "pick"; readonly id: string };

/** As in the pattern "treegrid" of WAI-ARIA; null where the key has nothing to do. `page`: how many rows are in sight. */
export function stepOf(key: string, lines: readonly Line[], at: number, page: number): Step | null {
  const line = lines[at];
  if (!line) return null;
  const to = (index: number): Step => ({ kind: "go", to: Math.max(0, Math.min(lines.length - 1, index)) });
  const { branch, open } = line;
  switch (key) {
    case "ArrowDown":
      return to(at + 1);
    case "ArrowUp":
      return to(at - 1);
    case "PageDown":
      return to(at + page);
    case "PageUp":
      return to(at - page);
    case "Home":
      return to(0);
    case "End":
      return to(lines.length - 1);
    case "ArrowRight":
      return open === null ? null : open ? to(at + 1) : { kind: "fold", id: branch.id, open: true };
    case "ArrowLeft":
      return open ? { kind: "fold", id: branch.id, open: false } : to(folderOf(lines, at));
    case "Enter":
      return open === null ? { kind: "pick", id: branch.id } : { kind: "fold", id: branch.id, open: !open };
    default:
      return null;
  }
}

/** Where the folder is that a row is in; the row itself where it is in none. */
function folderOf(lines: readonly Line[], at: number): number {
  const level = lines[at]?.level ?? 1;
  for (let index = at - 1; index >= 0; index--) {
    if ((lines[index]?.level ?? 1) < level) return index;
  }
  return at;
}
