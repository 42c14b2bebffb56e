/** The titles of a table's columns; those of figures stand to the right. */
export function Head({ columns }: { columns: readonly (readonly [title: string, kind?: "number"])[] }) {
  return (
    <thead>
      <tr>
        {columns.map(([title, kind]) => (
          <th key={title} scope="col" class={kind}>
            {title}
          </th>
        ))}
      </tr>
    </thead>
  );
}
