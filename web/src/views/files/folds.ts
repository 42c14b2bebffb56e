/** Which folders are open: `open` says of all, but for `others`. */
export interface Folds {
  readonly open: boolean;
  readonly others: ReadonlySet<string>;
}

export const ALL_OPEN: Folds = { open: true, others: new Set() };
export const ALL_CLOSED: Folds = { open: false, others: new Set() };

export function isOpen({ open, others }: Folds, id: string): boolean {
  return others.has(id) !== open;
}

export function folded(folds: Folds, ids: readonly string[], open: boolean): Folds {
  const others = new Set(folds.others);
  for (const id of ids) {
    if (open === folds.open) others.delete(id);
    else others.add(id);
  }
  return { open: folds.open, others };
}
