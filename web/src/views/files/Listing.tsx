import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { useList } from "../../list";
import { selOf } from "../../select";
import type { Entry, FileState } from "../../state";
import type { Ui } from "../../ui";
import { useScrolled } from "./scrolled";

type File = Entry<FileState>;

export interface Column {
  readonly title: string;
  /** Its class. */
  readonly name: string;
  readonly cell: (file: File) => ComponentChildren;
}

interface Props {
  readonly ui: Ui;
  readonly name: string;
  readonly label: string;
  readonly files: readonly File[];
  readonly columns: readonly Column[];
  /** The height of a row. */
  readonly size: number;
}

/** A table of files, of which only the rows in sight are in the document. */
export function Listing({ ui, name, label, files, columns, size }: Props) {
  const list = useScrolled(files.length, size, 0);
  const sels = files.map(({ id }) => selOf("file", id));
  const selected = ui.address.place.value.get("sel") ?? "";
  useList(ui, sels);
  useEffect(() => list.reveal(sels.indexOf(selected)), [selected]);
  return (
    <div class={`listing ${name}`} role="table" aria-label={label} aria-rowcount={files.length + 1}>
      <div class="listing-row head" role="row" aria-rowindex={1}>
        {columns.map((column) => (
          <span key={column.title} class={`listing-cell ${column.name}`} role="columnheader">
            {column.title}
          </span>
        ))}
      </div>
      <div
        class="listing-rows"
        role="rowgroup"
        tabIndex={0}
        aria-label={label}
        ref={list.scroller}
        onScroll={list.scrolled}
      >
        <div class="listing-canvas" role="presentation" style={{ height: `${list.window.canvas}px` }}>
          {list.inSight.map(({ index, slot }) => {
            const file = files[index];
            return (
              file && (
                <div
                  key={slot}
                  class={sels[index] === selected ? "listing-row selected" : "listing-row"}
                  role="row"
                  aria-rowindex={index + 2}
                  style={{ transform: `translateY(${index * size}px)` }}
                >
                  {columns.map((column) => (
                    <span key={column.title} class={`listing-cell ${column.name}`} role="cell">
                      {column.cell(file)}
                    </span>
                  ))}
                </div>
              )
            );
          })}
        </div>
      </div>
    </div>
  );
}
