/** Rows beyond either edge, so that scrolling does not show bare canvas before the next frame. */
const OVERSCAN = 6;

/** The part of a list of rows of one height that is in the document. Lengths are in pixels. */
export interface Window {
  /** Positions in the list of its rows in the document; without `last`. */
  readonly first: number;
  readonly last: number;
  /** How many elements there are to hold rows. */
  readonly pool: number;
  /** The height of the whole list, and how far it is scrolled when its end is in sight. */
  readonly canvas: number;
  readonly tail: number;
}

/** `scrolled` is null for a list that follows its end. */
export function windowOf(rows: number, size: number, height: number, scrolled: number | null): Window {
  const canvas = rows * size;
  const tail = Math.max(0, canvas - height);
  const inSight = Math.ceil(height / size) + 1;
  const first = Math.max(0, Math.floor((scrolled ?? tail) / size) - OVERSCAN);
  const last = Math.min(rows, first + inSight + 2 * OVERSCAN);
  return { first, last, pool: inSight + 2 * OVERSCAN, canvas, tail };
}

/**
 * The numbers of the rows from `first` up to `last`, in the order of the elements that hold them. A row's element is
 * its number modulo the pool, so a list that moves on by one changes one element and moves none.
 */
export function byElement(first: number, last: number, pool: number): number[] {
  const numbers = Array.from({ length: Math.max(0, last - first) }, (_, index) => first + index);
  return numbers.sort((one, other) => (one % pool) - (other % pool));
}
