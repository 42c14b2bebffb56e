import { selOf } from "../../select";
import { projectOf } from "../../state";
import { bytes } from "../../text";
import type { Ui } from "../../ui";
import { Icon } from "../icons";
import { Name } from "../Name";
import { Pick } from "../Pick";
import { Ago } from "./Ago";
import { figure } from "./Figure";
import type { Column } from "./Listing";
import { Path } from "./Path";
import { conflictWords, did, linesWords, type Names, namesIn } from "./words";

/** The files as they were touched last. */
export function recentColumns(ui: Ui): readonly Column[] {
  const now = ui.shown.now.value;
  return [
    { title: "Ago", name: "number ago", cell: ({ value }) => <Ago time={Date.parse(value.time ?? "")} now={now} /> },
    { title: "By", name: "by", cell: ({ value }) => value.agent_name && <Name of={value.agent_name} /> },
    { title: "Did", name: "did", cell: ({ value }) => did(value.operation ?? "") },
    pathColumn(ui, true),
    { title: "Read", name: "number reads", cell: ({ value }) => figure(value.reads) },
    { title: "Edit", name: "number edits", cell: ({ value }) => figure(value.edits) },
    { title: "Write", name: "number writes", cell: ({ value }) => figure(value.writes) },
    {
      title: "Lines",
      name: "number lines",
      cell: ({ value }) => linesWords(value.lines_added ?? 0, value.lines_removed ?? 0),
    },
    { title: "Size", name: "number size", cell: ({ value }) => (value.size ? bytes(value.size) : "–") },
  ];
}

export function conflictColumns(ui: Ui): readonly Column[] {
  const now = ui.shown.now.value;
  const known = new Map<string, Names>();
  const namesOf = (project: string) => {
    const names = known.get(project) ?? namesIn(ui.shown.state.value, project);
    known.set(project, names);
    return names;
  };
  return [
    pathColumn(ui, false),
    {
      title: "Who and when",
      name: "words",
      cell: (file) => file.value.conflict && conflictWords(file.value.conflict, namesOf(projectOf(file))),
    },
    {
      title: "Ago",
      name: "number ago",
      cell: ({ value }) => value.conflict && <Ago time={Date.parse(value.conflict.last)} now={now} />,
    },
  ];
}

function pathColumn(ui: Ui, flagged: boolean): Column {
  return {
    title: "File",
    name: "file",
    cell: ({ id, key, value }) => (
      <>
        <Pick ui={ui} sel={selOf("file", id)}>
          <Path of={value.path ?? key} />
        </Pick>
        {flagged && value.conflict && (
          <span class="flag warn" title="2 agents wrote within 60 s">
            <Icon shape="rise" />
            conflict
          </span>
        )}
      </>
    ),
  };
}
