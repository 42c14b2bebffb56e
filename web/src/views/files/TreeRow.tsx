import type { ComponentChildren } from "preact";
import { selOf } from "../../select";
import { bytes, count, plain } from "../../text";
import type { Ui } from "../../ui";
import { Icon } from "../icons";
import { Name } from "../Name";
import { Ago } from "./Ago";
import { Bars } from "./Bars";
import { figure } from "./Figure";
import type { Lately } from "./strips";
import type { Branch, Line } from "./tree";
import { linesWords } from "./words";

interface Props {
  readonly ui: Ui;
  readonly id: string;
  readonly line: Line | undefined;
  readonly index: number;
  readonly top: number;
  /** Whether keys are about this row. */
  readonly meant: boolean;
  readonly lately: (branch: Branch) => Lately;
}

export function Row({ ui, id, line, index, top, meant, lately }: Props) {
  if (!line) return null;
  const { branch, level, position, siblings, open } = line;
  const { sums, file } = branch;
  const { strip, agents } = lately(branch);
  const sel = file ? selOf("file", branch.id) : null;
  const selected = sel !== null && ui.address.place.value.get("sel") === sel;
  return (
    <div
      id={id}
      class={`tree-row${meant ? " meant" : ""}${file ? "" : " folder-row"}`}
      role="row"
      aria-rowindex={index + 2}
      aria-level={level}
      aria-posinset={position}
      aria-setsize={siblings}
      aria-expanded={open ?? undefined}
      aria-selected={sel ? selected : undefined}
      style={{ transform: `translateY(${top}px)` }}
    >
      <Cell name="name-of">
        <span class="indent" style={{ width: `${(level - 1) * 16}px` }} />
        <span class={open === false ? "twisty closed" : "twisty"}>{open !== null && <Icon shape="down" />}</span>
        <Title ui={ui} branch={branch} sel={sel} selected={selected} />
        <Flags branch={branch} />
      </Cell>
      <Cell name="strip">
        <Bars strip={strip} />
      </Cell>
      <Cell name="number reads">{figure(sums.reads)}</Cell>
      <Cell name="number edits">{figure(sums.edits)}</Cell>
      <Cell name="number writes">{figure(sums.writes)}</Cell>
      <Cell name="number lines">{linesWords(sums.added, sums.removed)}</Cell>
      <Cell name="number size">{sums.size > 0 ? bytes(sums.size) : <span class="muted">–</span>}</Cell>
      <Cell name="number last">
        <Ago time={sums.time} now={ui.shown.now.value} />
      </Cell>
      <Cell name="by">
        {sums.by && <Name of={sums.by} />}
        {agents > 1 && <span class="muted more">+{count(agents - 1)}</span>}
      </Cell>
    </div>
  );
}

function Cell({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <span class={`tree-cell ${name}`} role="gridcell">
      {children}
    </span>
  );
}

function Title({ ui, branch, sel, selected }: { ui: Ui; branch: Branch; sel: string | null; selected: boolean }) {
  const name = plain(branch.name);
  if (sel) {
    return (
      <a
        class="pick title"
        tabIndex={-1}
        href={ui.address.href({ sel })}
        aria-current={selected ? "true" : undefined}
        title={plain(branch.file?.value.path ?? "")}
      >
        {name}
      </a>
    );
  }
  return (
    <span class="title" title={plain(branch.id)}>
      {name}
      {branch.base && <span class="muted base-of"> {plain(branch.base)}</span>}
    </span>
  );
}

function Flags({ branch: { file, sums } }: { branch: Branch }) {
  return (
    <>
      {file?.value.operation === "delete" && <span class="flag muted">deleted</span>}
      {sums.conflicts > 0 && (
        <span class="flag warn">
          <Icon shape="rise" />
          {file ? "conflict" : `${count(sums.conflicts)} in conflict`}
        </span>
      )}
    </>
  );
}
