import { useRef } from "preact/hooks";
import type { Json } from "../../patch";
import { type Entry, type FileState, filesOf } from "../../state";

interface Known {
  readonly tables: readonly unknown[];
  readonly files: readonly Entry<FileState>[];
}

/** The newest first; the same list as before where no file has changed. */
export function useFiles(state: Json): readonly Entry<FileState>[] {
  const known = useRef<Known>({ tables: [], files: [] });
  const tables = tablesOf(state);
  const same =
    tables.length === known.current.tables.length &&
    tables.every((table, index) => table === known.current.tables[index]);
  if (!same) known.current = { tables, files: filesOf(state) };
  return known.current.files;
}

/** The names of the projects, and the files of each, which are another object as soon as one of them changes. */
function tablesOf(state: Json): unknown[] {
  const { projects = {} } = (state ?? {}) as { projects?: { readonly [name: string]: { readonly files?: unknown } } };
  return Object.entries(projects).flatMap(([name, { files }]) => [name, files]);
}
