/** A column of a table, the highest or newest first; with a leading `-` the other way round. No column is the table's
 * own order. */
export interface Order<Column> {
  readonly column: Column | null;
  readonly turned: boolean;
}

export function orderOf<Column extends string>(columns: readonly Column[], word: string | undefined): Order<Column> {
  const name = (word ?? "").replace(/^-/, "");
  return { column: columns.find((column) => column === name) ?? null, turned: word?.startsWith("-") ?? false };
}

/** What the next click on the head of a column asks for: it, the other way round, and the table's own order again. */
export function next<Column extends string>(order: Order<Column>, column: Column): string | null {
  if (order.column !== column) return column;
  return order.turned ? null : `-${column}`;
}
