import type { Rows } from "./ring";

/** The number of the first row whose seq is not below this one; rows stand in the order of their seqs. */
export function numberOf(rows: Rows<{ readonly seq: number }>, seq: number): number {
  let [low, high] = [rows.first, rows.end];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rows.at(middle)?.seq ?? 0) < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function rowOfSeq<Row extends { readonly seq: number }>(rows: Rows<Row>, seq: number): Row | undefined {
  const row = rows.at(numberOf(rows, seq));
  return row?.seq === seq ? row : undefined;
}

/** The nearest row before (-1) or after (1) a seq that is wanted. */
export function neighbour<Row extends { readonly seq: number }>(
  rows: Rows<Row>,
  seq: number,
  step: 1 | -1,
  wanted: (row: Row) => boolean,
): Row | undefined {
  for (let number = numberOf(rows, step > 0 ? seq + 1 : seq) - (step > 0 ? 0 : 1); ; number += step) {
    const row = rows.at(number);
    if (row === undefined || wanted(row)) return row;
  }
}
