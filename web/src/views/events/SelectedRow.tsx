import type { Signal } from "@preact/signals";
import { ask as askServer } from "../../answer";
import { filterFor, filterOut } from "../../query/edit";
import type { Row } from "../../rows";
import { selOf } from "../../select";
import { shortened } from "../../text";
import type { Ui } from "../../ui";
import { type ValueOf, valueAt, valuesOf } from "./values";

interface Props {
  readonly ui: Ui;
  readonly row: Row;
  readonly column: Signal<number>;
  readonly text: string;
  readonly ask: (text: string) => void;
}

const LONGEST = 40;

/** The values of the selected event to filter by, and the event to take along. */
export function SelectedRow({ ui, row, column, text, ask }: Props) {
  const chosen = valueAt(row, column.value);
  return (
    <div class="events-selected" role="group" aria-label={`Event ${row.seq}`}>
      <a class="events-link" href={ui.address.href({ sel: selOf("evt", row.seq) })}>
        #{row.seq}
      </a>
      {valuesOf(row).map((each, index) => (
        <Value
          key={each.field}
          of={each}
          chosen={each.field === chosen?.field}
          choose={() => (column.value = index)}
          text={text}
          ask={ask}
        />
      ))}
      <button type="button" class="button" onClick={() => copy(ui, "Event", whole(row.seq))}>
        Copy JSON
      </button>
      <button type="button" class="button" onClick={() => copy(ui, "Link", Promise.resolve(location.href))}>
        Copy link
      </button>
    </div>
  );
}

interface ValueProps {
  readonly of: ValueOf;
  readonly chosen: boolean;
  readonly choose: () => void;
  readonly text: string;
  readonly ask: (text: string) => void;
}

function Value({ of: { field, value }, chosen, choose, text, ask }: ValueProps) {
  const change = (next: string) => {
    choose();
    ask(next);
  };
  return (
    <span class={chosen ? "events-value chosen" : "events-value"}>
      <span class="muted">{field}</span> <span title={value}>{shortened(value, LONGEST)}</span>
      <button
        type="button"
        class="events-filter"
        aria-label={`Filter for ${field} ${value}`}
        title="Filter for it (f)"
        onClick={() => change(filterFor(text, field, value))}
      >
        +
      </button>
      <button
        type="button"
        class="events-filter"
        aria-label={`Filter out ${field} ${value}`}
        title="Filter it out (x)"
        onClick={() => change(filterOut(text, field, value))}
      >
        −
      </button>
    </span>
  );
}

async function whole(seq: number): Promise<string> {
  const response = await askServer(`/events/${seq}`);
  return JSON.stringify(await response.json(), null, 2);
}

function copy({ say }: Ui, what: string, text: Promise<string>): void {
  text
    .then((ready) => navigator.clipboard.writeText(ready))
    .then(
      () => say(`${what} copied`),
      () => say(`${what} could not be copied`),
    );
}
