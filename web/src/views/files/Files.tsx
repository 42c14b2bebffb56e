import { type Entry, type FileState, filesOf } from "../../state";
import { count, plain } from "../../text";
import type { Ui } from "../../ui";
import { Guard } from "../Guard";
import { Empty, Panel, Scroller } from "../Panel";

const SHOWN = 50;

export function Files({ ui }: { ui: Ui }) {
  return (
    <Guard what="The files">
      <FilesPanel ui={ui} />
    </Guard>
  );
}

function FilesPanel({ ui }: { ui: Ui }) {
  const files = filesOf(ui.shown.state.value);
  return (
    <Panel name="files" title="Files" note={note(files.length)}>
      {files.length === 0 ? <Empty>No file has been touched yet.</Empty> : <Table files={files.slice(0, SHOWN)} />}
    </Panel>
  );
}

function note(total: number): string {
  if (total > SHOWN) return `newest ${SHOWN} of ${count(total)}`;
  return total > 0 ? count(total) : "";
}

function Table({ files }: { files: readonly Entry<FileState>[] }) {
  return (
    <Scroller label="List of files">
      <table class="table">
        <thead>
          <tr>
            <th scope="col">File</th>
            <th scope="col" class="number">
              Read
            </th>
            <th scope="col" class="number">
              Edit
            </th>
            <th scope="col" class="number">
              Write
            </th>
          </tr>
        </thead>
        <tbody>
          {files.map(({ id, key, value: file }) => (
            <tr key={id}>
              <th scope="row" class="wide">
                <Path of={file.path ?? key} />
              </th>
              <td class="number">{count(file.reads ?? 0)}</td>
              <td class="number">{count(file.edits ?? 0)}</td>
              <td class="number">{count(file.writes ?? 0)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}

/** The folder gives way before the name does. */
function Path({ of }: { of: string }) {
  const path = plain(of);
  const cut = path.lastIndexOf("/") + 1;
  return (
    <span class="path" title={path}>
      <span class="folder">{path.slice(0, cut)}</span>
      <span class="base">{path.slice(cut)}</span>
    </span>
  );
}
