import { count } from "../../text";
import type { Ui } from "../../ui";
import { Empty, Panel } from "../Panel";
import { useTail } from "../tail";
import { Held } from "./Held";
import { List, SIZE, SIZE_OF_TWO_LINES } from "./List";

/** The newest events, for a corner of another view. */
export function EventsPanel({ ui }: { ui: Ui }) {
  const size = ui.narrow.value ? SIZE_OF_TWO_LINES : SIZE;
  const rows = ui.shown.rows.value;
  const tail = useTail(rows, size);
  const note = `${count(rows.end - rows.first)} · ${tail.follows ? "following" : "held"}`;
  return (
    <Panel name="events" title="Events" note={note}>
      {rows.end === rows.first && <Empty>No event has been seen yet.</Empty>}
      <List tail={tail} size={size} />
      <Held tail={tail} />
    </Panel>
  );
}
