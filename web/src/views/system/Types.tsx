import { written } from "../../query/edit";
import { count, plain } from "../../text";
import type { Ui } from "../../ui";
import { Empty } from "../Panel";
import { typesOf } from "./sources";

const MOST = 20;

/** How many events of each type there were, since the projects that are shown began. */
export function Types({ ui }: { ui: Ui }) {
  const types = typesOf(ui.shown.state.value);
  if (types.length === 0) return <Empty>No event has been seen yet.</Empty>;
  const most = types[0]?.[1] ?? 1;
  return (
    <ul class="system-body system-types">
      {types.slice(0, MOST).map(([type, events]) => (
        <li key={type}>
          <a class="pick" href={ui.address.href({ view: "events", q: `type:${written(type)}` })}>
            {plain(type)}
          </a>
          <span class="system-bar" aria-hidden="true">
            <span style={{ width: `${(events / most) * 100}%` }} />
          </span>
          <span class="system-count">{count(events)}</span>
        </li>
      ))}
      {types.length > MOST && <li class="muted">and {count(types.length - MOST)} more</li>}
    </ul>
  );
}
