import { selOf } from "../../select";
import { agentsOf, filesOf } from "../../state";
import { bytes, count, plain } from "../../text";
import type { Ui } from "../../ui";
import { Facts, Part } from "../Facts";
import { Name } from "../Name";
import { Empty } from "../Panel";
import { Pick } from "../Pick";

export function FileDetail({ ui, id }: { ui: Ui; id: string }) {
  const state = ui.shown.state.value;
  const file = filesOf(state).find((entry) => entry.id === id)?.value;
  if (!file) return <Empty>This file is no longer in the state; its events may still be there.</Empty>;
  const names = new Map(agentsOf(state).map(({ key, value }) => [key, value.name ?? ""]));
  return (
    <>
      <Facts
        facts={[
          ["Path", plain(file.path ?? "")],
          ["Size", file.size !== undefined && bytes(file.size)],
          ["Read", count(file.reads ?? 0)],
          ["Edited", count(file.edits ?? 0)],
          ["Written", count(file.writes ?? 0)],
          ["Deleted", count(file.deletes ?? 0)],
        ]}
      />
      <Part title="Touched by">
        <ul class="plain-list">
          {Object.entries(file.agents ?? {})
            .slice(0, 50)
            .map(([key, touch]) => (
              <li key={key}>
                <Pick ui={ui} sel={selOf("agent", key)}>
                  <Name of={names.get(key) || key} />
                </Pick>
                <span class="muted">{touch.operation}</span>
              </li>
            ))}
        </ul>
      </Part>
    </>
  );
}
