import { type Signal, signal, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import type { Entry, FileState } from "../../state";
import { count, plain } from "../../text";
import type { Ui } from "../../ui";
import { viewAndTab } from "../../url";
import { Guard } from "../Guard";
import { Empty, Panel } from "../Panel";
import { conflictColumns, recentColumns } from "./columns";
import { matcherOf } from "./filter";
import { ALL_CLOSED, ALL_OPEN, type Folds } from "./folds";
import { Listing } from "./Listing";
import { TreeGrid } from "./TreeGrid";
import { treesOf } from "./tree";
import { useFiles } from "./use-files";
import "./files.css";

type File = Entry<FileState>;

const TABS = [
  ["tree", "Tree"],
  ["recent", "Recent"],
  ["conflicts", "Conflicts"],
] as const;

type Tab = (typeof TABS)[number][0];

/** What the reader has opened and closed stays so while the page is open. */
const kept = signal<Folds>(ALL_OPEN);

export function Files({ ui }: { ui: Ui }) {
  const [, named] = viewAndTab(ui.address.place.value);
  const tab = TABS.find(([id]) => id === named)?.[0] ?? "tree";
  const text = ui.address.place.value.get("path") ?? "";
  // A search begins with all that it finds in sight.
  const ofSearch = useSignal<Folds>(ALL_OPEN);
  const folds = text.trim() === "" ? kept : ofSearch;
  const all = useFiles(ui.shown.state.value);
  return (
    <>
      <div class="files-head">
        <Tabs ui={ui} tab={tab} all={all} />
        <Filter ui={ui} text={text} />
        {tab === "tree" && <FoldButtons folds={folds} />}
      </div>
      <Guard what="The files" key={tab}>
        <FilesPanel ui={ui} tab={tab} text={text} folds={folds} all={all} />
      </Guard>
    </>
  );
}

function Tabs({ ui, tab, all }: { ui: Ui; tab: Tab; all: readonly File[] }) {
  const conflicts = useMemo(() => all.filter(({ value }) => value.conflict).length, [all]);
  return (
    <nav class="files-tabs" aria-label="Files as">
      {TABS.map(([id, title]) => (
        <a
          key={id}
          class="view-tab"
          href={ui.address.href({ view: `files.${id}` })}
          aria-current={tab === id ? "page" : undefined}
        >
          {title}
          {id === "conflicts" && conflicts > 0 && <span class="warn">{count(conflicts)}</span>}
        </a>
      ))}
    </nav>
  );
}

function Filter({ ui, text }: { ui: Ui; text: string }) {
  const typed = ({ currentTarget }: { currentTarget: HTMLInputElement }) => {
    ui.address.adjust({ path: currentTarget.value || null });
  };
  return (
    <input
      class="field files-filter"
      type="search"
      aria-label="Filter by path"
      placeholder="Filter by path: src *.py"
      spellcheck={false}
      autocomplete="off"
      value={text}
      onInput={typed}
    />
  );
}

function FoldButtons({ folds }: { folds: Signal<Folds> }) {
  return (
    <span class="files-folds">
      <button type="button" class="button" onClick={() => (folds.value = ALL_OPEN)}>
        Open all
      </button>
      <button type="button" class="button" onClick={() => (folds.value = ALL_CLOSED)}>
        Close all
      </button>
    </span>
  );
}

interface Shown {
  readonly ui: Ui;
  readonly tab: Tab;
  readonly text: string;
  readonly folds: Signal<Folds>;
  readonly all: readonly File[];
}

const TITLES: { readonly [tab in Tab]: string } = {
  tree: "Files by folder",
  recent: "Files, the newest first",
  conflicts: "Files that two agents wrote within 60 s",
};

function FilesPanel({ ui, tab, text, folds, all }: Shown) {
  const files = useMemo(() => {
    const matches = matcherOf(text);
    const wanted = all.filter(
      ({ key, value }) => (tab !== "conflicts" || value.conflict) && matches(value.path ?? key),
    );
    return tab === "conflicts" ? wanted.sort(newestConflictFirst) : wanted;
  }, [all, text, tab]);
  return (
    <Panel name={`files-${tab}`} title={TITLES[tab]} note={note(tab, files, all)}>
      {files.length > 0 ? <Content ui={ui} tab={tab} files={files} folds={folds} /> : nothing(ui, tab, text, all)}
    </Panel>
  );
}

function newestConflictFirst({ value: one }: File, { value: other }: File): number {
  return Date.parse(other.conflict?.last ?? "") - Date.parse(one.conflict?.last ?? "");
}

function note(tab: Tab, files: readonly File[], all: readonly File[]): string {
  if (all.length === 0 || tab === "conflicts") return files.length > 0 ? count(files.length) : "";
  return files.length === all.length ? count(all.length) : `${count(files.length)} of ${count(all.length)}`;
}

function nothing(ui: Ui, tab: Tab, text: string, all: readonly File[]): ComponentChildren {
  if (all.length === 0) return <Empty>No file has been touched yet.</Empty>;
  if (text.trim() !== "") return <NothingFound ui={ui} text={text} />;
  return tab === "conflicts" && <Empty>No two agents have written one file within 60 s of each other.</Empty>;
}

function NothingFound({ ui, text }: { ui: Ui; text: string }) {
  return (
    <Empty>
      No file has “{plain(text)}” in its path.{" "}
      <a class="files-all" href={ui.address.href({ path: null })}>
        Show all
      </a>
    </Empty>
  );
}

const SIZE = 26;
const SIZE_OF_TWO_LINES = 48;
const SIZE_OF_CONFLICT = 44;
const SIZE_OF_CONFLICT_ON_FOUR_LINES = 84;

function Content({ ui, tab, files, folds }: { ui: Ui; tab: Tab; files: readonly File[]; folds: Signal<Folds> }) {
  const size = ui.narrow.value ? SIZE_OF_TWO_LINES : SIZE;
  const trees = useMemo(() => (tab === "tree" ? treesOf(files) : []), [tab, files]);
  if (tab === "tree") return <TreeGrid ui={ui} trees={trees} folds={folds} />;
  if (tab === "recent") {
    return (
      <Listing ui={ui} name="recent" label={TITLES.recent} files={files} columns={recentColumns(ui)} size={size} />
    );
  }
  const columns = conflictColumns(ui);
  const height = ui.narrow.value ? SIZE_OF_CONFLICT_ON_FOUR_LINES : SIZE_OF_CONFLICT;
  return <Listing ui={ui} name="conflicts" label={TITLES.conflicts} files={files} columns={columns} size={height} />;
}
