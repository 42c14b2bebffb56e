import { useMemo } from "preact/hooks";
import type { Conflict } from "../../contract";
import { selOf } from "../../select";
import { beside, type Entry, type FileState, filesOf, projectOf } from "../../state";
import { age, bytes, clock, count, plain } from "../../text";
import type { Ui } from "../../ui";
import { Facts, Part } from "../Facts";
import { Icon } from "../icons";
import { Name } from "../Name";
import { Empty } from "../Panel";
import { Pick } from "../Pick";
import { Ago } from "./Ago";
import { History } from "./History";
import { Path } from "./Path";
import { called, conflictWords, did, linesWords, type Names, namesIn } from "./words";
import "./detail.css";

export function FileDetail({ ui, id }: { ui: Ui; id: string }) {
  const state = ui.shown.state.value;
  const entry = filesOf(state).find((each) => each.id === id);
  const project = entry ? projectOf(entry) : "";
  const names = useMemo(() => namesIn(state, project), [state, project]);
  if (!entry) return <Empty>This file is no longer in the state; its events may still be there.</Empty>;
  const { value: file, key } = entry;
  return (
    <div class="file-detail">
      <p class="file-path">
        <Path of={file.path ?? key} />
      </p>
      {file.conflict && <Clash conflict={file.conflict} names={names} />}
      <Figures ui={ui} file={file} project={project} />
      <Part title="Who was there">
        <Agents ui={ui} entry={entry} names={names} />
      </Part>
      <History ui={ui} project={project} path={file.path ?? key} file={file} />
    </div>
  );
}

function Clash({ conflict, names }: { conflict: Conflict; names: Names }) {
  return (
    <p class="warn file-clash">
      <Icon shape="rise" /> {conflictWords(conflict, names)}
    </p>
  );
}

function Figures({ ui, file, project }: { ui: Ui; file: FileState; project: string }) {
  const touched = Date.parse(file.time ?? "");
  const changed = (file.edits ?? 0) + (file.writes ?? 0) + (file.deletes ?? 0);
  return (
    <Facts
      facts={[
        ["Project", plain(project)],
        ["Size", file.operation === "delete" ? "deleted" : file.size !== undefined && bytes(file.size)],
        ["Read", `${count(file.reads ?? 0)} times`],
        ["Changed", `${count(changed)} times${waysOf(file)}`],
        ["Lines", linesWords(file.lines_added ?? 0, file.lines_removed ?? 0)],
        ["Last", !Number.isNaN(touched) && `${clock(touched)}, ${age(ui.shown.now.value - touched)} ago`],
      ]}
    />
  );
}

/** `: 3 edits, 1 write`; "" where it was not changed. */
function waysOf({ edits = 0, writes = 0, deletes = 0 }: FileState): string {
  const ways = [
    [edits, "edit"],
    [writes, "write"],
    [deletes, "deletion"],
  ] as const;
  const words = ways
    .filter(([times]) => times > 0)
    .map(([times, way]) => `${count(times)} ${way}${times > 1 ? "s" : ""}`);
  return words.length > 0 ? `: ${words.join(", ")}` : "";
}

function Agents({ ui, entry, names }: { ui: Ui; entry: Entry<FileState>; names: Names }) {
  const touches = Object.entries(entry.value.agents ?? {}).sort(([, one], [, other]) =>
    one.time < other.time ? 1 : -1,
  );
  const who = called(
    touches.map(([key]) => key),
    names,
  );
  return (
    <ul class="plain-list">
      {touches.map(([key, { operation, time }], index) => (
        <li key={key}>
          <Pick ui={ui} sel={selOf("agent", beside(entry, key))}>
            <Name of={who[index]?.name ?? key} />
          </Pick>
          <span class="muted">{who[index]?.mark}</span>
          <span class="muted file-last">
            {did(operation)} it <Ago time={Date.parse(time)} now={ui.shown.now.value} /> ago
          </span>
        </li>
      ))}
    </ul>
  );
}
