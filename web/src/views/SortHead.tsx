import type { Order } from "./order";

interface Props<Column> {
  order: Order<Column>;
  column: Column;
  title: string;
  class: string;
  onSort: () => void;
}

/** The head of a column by which a table can be sorted. */
export function SortHead<Column>({ order, column, title, class: style, onSort }: Props<Column>) {
  const sorted = order.column !== column ? undefined : order.turned ? "ascending" : "descending";
  return (
    <th scope="col" class={style} aria-sort={sorted}>
      <button type="button" class="sort" onClick={onSort}>
        {title}
        <span aria-hidden="true">{sorted === undefined ? "" : order.turned ? " ↑" : " ↓"}</span>
      </button>
    </th>
  );
}
