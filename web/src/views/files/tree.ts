import { type Entry, type FileState, projectOf } from "../../state";

/** What was done to a file, or to all of a folder. Sizes in bytes; times in milliseconds, NaN where unknown. */
export interface Sums {
  readonly files: number;
  readonly conflicts: number;
  readonly reads: number;
  readonly edits: number;
  readonly writes: number;
  readonly added: number;
  readonly removed: number;
  readonly size: number;
  /** Of the last touch: its seq, its time, and the name of who it was. */
  readonly seq: number;
  readonly time: number;
  readonly by: string;
}

/** A folder, or a file, which has no children. */
export interface Branch {
  /** The project and the path; that of a folder ends with a slash. */
  readonly id: string;
  readonly name: string;
  /** Of a project: the folder that all its files are in. */
  readonly base: string;
  readonly file: Entry<FileState> | null;
  readonly children: readonly Branch[];
  readonly sums: Sums;
}

/** A tree for each project, by their names. */
export function treesOf(files: readonly Entry<FileState>[]): Branch[] {
  const projects = new Map<string, Entry<FileState>[]>();
  for (const file of files) {
    const project = projectOf(file);
    const those = projects.get(project);
    if (those) those.push(file);
    else projects.set(project, [file]);
  }
  return [...projects].sort(([one], [other]) => order(one, other)).map(([name, those]) => treeOf(name, those));
}

interface Folder {
  readonly folders: Map<string, Folder>;
  readonly files: Map<string, Entry<FileState>>;
}

function treeOf(project: string, files: readonly Entry<FileState>[]): Branch {
  const root: Folder = { folders: new Map(), files: new Map() };
  for (const file of files) {
    const { folders, name } = leafOf(file);
    let folder = root;
    for (const step of folders) folder = within(folder, step);
    folder.files.set(name, file);
  }
  const [base, top] = downFrom(root, "");
  return branch(`${project}/`, project, base, childrenOf(top, `${project}/${base ? `${base}/` : ""}`));
}

const BACKSLASHES = /^[a-z]:\\|^\\\\/i;

/** `/home/dev/a.py` is `/home`, `dev`, `a.py`; a path of Windows is taken apart at its backslashes. */
function stepsOf(path: string): string[] {
  const steps = path.split(BACKSLASHES.test(path) ? /\\/ : "/");
  const first = steps.findIndex((step) => step !== "");
  if (first <= 0) return steps.filter(Boolean);
  return ["/".repeat(first) + steps[first], ...steps.slice(first + 1).filter(Boolean)];
}

function within(folder: Folder, step: string): Folder {
  const known = folder.folders.get(step);
  if (known) return known;
  const made: Folder = { folders: new Map(), files: new Map() };
  folder.folders.set(step, made);
  return made;
}

/** From a folder with nothing but one folder in it, to the first that has more. */
function downFrom(folder: Folder, path: string): readonly [string, Folder] {
  const [only] = folder.folders;
  if (folder.files.size > 0 || folder.folders.size !== 1 || !only) return [path, folder];
  return downFrom(only[1], path ? `${path}/${only[0]}` : only[0]);
}

function childrenOf({ folders, files }: Folder, above: string): Branch[] {
  const below = [...folders].map(([step, folder]) => {
    const [path, last] = downFrom(folder, step);
    return branch(`${above}${path}/`, path, "", childrenOf(last, `${above}${path}/`));
  });
  const leaves = [...files.values()].map(leafOf);
  return [...below.sort(byName), ...leaves.sort(byName)];
}

function byName(one: Branch, other: Branch): number {
  return order(one.name, other.name);
}

function order(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

function branch(id: string, name: string, base: string, children: readonly Branch[]): Branch {
  return { id, name, base, file: null, children, sums: sumOf(children) };
}

interface Leaf extends Branch {
  readonly folders: readonly string[];
}

/** What has not changed keeps its identity in the state, and so need not be worked out again. */
const LEAVES = new WeakMap<FileState, Leaf>();

function leafOf(file: Entry<FileState>): Leaf {
  const known = LEAVES.get(file.value);
  if (known?.id === file.id) return known;
  const folders = stepsOf(file.value.path ?? file.key);
  const name = folders.pop() ?? "";
  const leaf = { id: file.id, name, base: "", file, children: [], sums: sumsOf(file.value), folders };
  LEAVES.set(file.value, leaf);
  return leaf;
}

function sumsOf(file: FileState): Sums {
  return {
    files: 1,
    conflicts: file.conflict ? 1 : 0,
    reads: file.reads ?? 0,
    edits: file.edits ?? 0,
    writes: file.writes ?? 0,
    added: file.lines_added ?? 0,
    removed: file.lines_removed ?? 0,
    size: file.size ?? 0,
    seq: file.seq ?? 0,
    time: Date.parse(file.time ?? ""),
    by: file.agent_name ?? "",
  };
}

function sumOf(children: readonly Branch[]): Sums {
  const sum = { files: 0, conflicts: 0, reads: 0, edits: 0, writes: 0, added: 0, removed: 0, size: 0 };
  let last = { seq: -1, time: Number.NaN, by: "" };
  for (const { sums } of children) {
    for (const name of COUNTS) sum[name] += sums[name];
    if (sums.seq > last.seq) last = sums;
  }
  return { ...sum, seq: last.seq, time: last.time, by: last.by };
}

const COUNTS = ["files", "conflicts", "reads", "edits", "writes", "added", "removed", "size"] as const;

/** All files in a branch. */
export function* filesIn({ file, children }: Branch): Generator<Entry<FileState>> {
  if (file) yield file;
  for (const child of children) yield* filesIn(child);
}

/** A row of the tree; `level` and `position` count from 1. */
export interface Line {
  readonly branch: Branch;
  readonly level: number;
  readonly position: number;
  readonly siblings: number;
  /** null of a file. */
  readonly open: boolean | null;
}

/** The rows of the trees from top to bottom, without those in folders that are closed. */
export function linesOf(trees: readonly Branch[], isOpen: (id: string) => boolean): Line[] {
  const lines: Line[] = [];
  const add = (siblings: readonly Branch[], level: number) => {
    siblings.forEach((each, index) => {
      const open = each.file ? null : isOpen(each.id);
      lines.push({ branch: each, level, position: index + 1, siblings: siblings.length, open });
      if (open) add(each.children, level + 1);
    });
  };
  add(trees, 1);
  return lines;
}

/** The ids of the folders that a file is in, from the top; nothing where it is not there. */
export function foldersAround(trees: readonly Branch[], id: string): string[] {
  for (const each of trees) {
    if (each.id === id) return [];
    const below = each.children.some((child) => child.id === id) ? [] : foldersAround(each.children, id);
    if (below.length > 0 || each.children.some((child) => child.id === id)) return [each.id, ...below];
  }
  return [];
}
