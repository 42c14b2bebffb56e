import type { Signal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { useList } from "../../list";
import { selOf } from "../../select";
import type { Ui } from "../../ui";
import { useCursor } from "./cursor";
import { type Folds, folded, isOpen } from "./folds";
import { useScrolled } from "./scrolled";
import { stepOf } from "./steps";
import { useLately } from "./strips";
import { Row } from "./TreeRow";
import { type Branch, linesOf } from "./tree";

const SIZE = 26;
const SIZE_OF_TWO_LINES = 48;
const HEAD = 28;

interface Props {
  readonly ui: Ui;
  readonly trees: readonly Branch[];
  readonly folds: Signal<Folds>;
}

/** Folders and files as a treegrid of WAI-ARIA. The grid has the focus, and says which row is meant. */
export function TreeGrid({ ui, trees, folds }: Props) {
  const lately = useLately(ui);
  const open = folds.value;
  const lines = useMemo(() => linesOf(trees, (id) => isOpen(open, id)), [trees, open]);
  const narrow = ui.narrow.value;
  const list = useScrolled(lines.length, narrow ? SIZE_OF_TWO_LINES : SIZE, narrow ? 0 : HEAD);
  const cursor = useCursor({ ui, trees, lines, folds, reveal: list.reveal });
  const selected = ui.address.place.value.get("sel");
  const sels = useMemo(() => lines.flatMap(({ branch }) => (branch.file ? [selOf("file", branch.id)] : [])), [lines]);
  useList(ui, sels);
  const fold = (id: string, open: boolean) => {
    folds.value = folded(folds.peek(), [id], open);
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const step = stepOf(event.key, lines, cursor.at, list.page);
    if (!step) return;
    event.preventDefault();
    if (step.kind === "go") cursor.go(step.to);
    else if (step.kind === "fold") fold(step.id, step.open);
    else if (selOf("file", step.id) === selected) document.getElementById("inspector")?.focus();
    else ui.select(selOf("file", step.id));
  };
  const clicked = ({ target }: MouseEvent) => {
    const line = target instanceof Element ? lines[indexAt(target)] : undefined;
    if (!line) return;
    cursor.go(lines.indexOf(line));
    if (line.open !== null) fold(line.branch.id, !line.open);
    // A click on its link selects by itself.
    else if (!(target as Element).closest("a")) ui.select(selOf("file", line.branch.id));
  };
  return (
    <div
      class="tree"
      role="treegrid"
      tabIndex={0}
      aria-label="Files by folder"
      aria-rowcount={lines.length + 1}
      aria-activedescendant={list.inSight.some(({ index }) => index === cursor.at) ? rowId(cursor.at) : undefined}
      ref={list.scroller}
      onScroll={list.scrolled}
      onKeyDown={pressed}
      onClick={clicked}
    >
      <Head />
      <div class="tree-rows" role="rowgroup" style={{ height: `${list.window.canvas}px` }}>
        {list.inSight.map(({ index, slot }) => (
          <Row
            key={slot}
            ui={ui}
            id={rowId(index)}
            line={lines[index]}
            index={index}
            top={index * list.size}
            meant={index === cursor.at}
            lately={lately}
          />
        ))}
      </div>
    </div>
  );
}

function rowId(index: number): string {
  return `files-row-${index}`;
}

/** The index of the row that an element is in; -1 where it is in none. */
function indexAt(element: Element): number {
  const id = element.closest("[role=row]")?.id ?? "";
  return id.startsWith("files-row-") ? Number(id.slice("files-row-".length)) : -1;
}

const COLUMNS = [
  ["Name", "name-of"],
  ["Last 30 min", "strip"],
  ["Read", "number reads"],
  ["Edit", "number edits"],
  ["Write", "number writes"],
  ["Lines", "number lines"],
  ["Size", "number size"],
  ["Last", "number last"],
  ["By", "by"],
] as const;

function Head() {
  return (
    <div class="tree-row head" role="row" aria-rowindex={1}>
      {COLUMNS.map(([title, name]) => (
        <span key={title} class={`tree-cell ${name}`} role="columnheader">
          {title}
        </span>
      ))}
    </div>
  );
}
