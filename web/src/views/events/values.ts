import type { Field } from "../../query/terms";
import type { Row } from "../../rows";

/** What of a row can be filtered for and out, in the order in which it is shown. */
export interface ValueOf {
  readonly field: Field;
  readonly value: string;
}

export function valuesOf(row: Row): ValueOf[] {
  const all: ValueOf[] = [
    { field: "type", value: row.type },
    { field: "agent", value: row.agent },
    { field: "session", value: row.session },
    { field: "tool", value: row.tool },
    { field: "phase", value: row.type === "notification" ? "" : row.word },
    { field: "path", value: row.path },
    { field: "op", value: row.operation },
    { field: "model", value: row.model },
  ];
  return all.filter(({ value }) => value !== "" && !value.endsWith("…"));
}

/** The chosen one of a row's values, whatever row was chosen in before. */
export function valueAt(row: Row, column: number): ValueOf | undefined {
  const all = valuesOf(row);
  return all[((column % all.length) + all.length) % all.length];
}
