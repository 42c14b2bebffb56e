import { useComputed, useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { useCommands } from "../../commands";
import { neighbour, rowOfSeq } from "../../find";
import { type Row, rowOf } from "../../rows";
import { selOf } from "../../select";
import { bytes, shortId, took } from "../../text";
import type { Ui } from "../../ui";
import { Answered } from "../Answered";
import { CopyButton } from "../CopyButton";
import { Facts, Part } from "../Facts";
import { Guard } from "../Guard";
import { Name } from "../Name";
import { Pick } from "../Pick";
import { FIRST, indented, prettyOf } from "./pretty";
import { useWhole } from "./whole";

/** At once what the list knows of it, and then the whole event. */
export function EventDetail({ ui, id }: { ui: Ui; id: string }) {
  const listed = useComputed(() => rowOfSeq(ui.shown.rows.value, Number(id))).value;
  const whole = useWhole(id);
  const older = useMemo(() => (whole.value === null ? undefined : rowOf(JSON.parse(whole.value))), [whole.value]);
  const row = listed ?? older;
  useCommands(ui, neighbours(ui, row));
  return (
    <>
      {row && <Summary ui={ui} row={row} />}
      <Guard what="The event">
        <Answered what="The event" answer={whole}>
          {(json) => <Whole json={json} id={id} ui={ui} />}
        </Answered>
      </Guard>
    </>
  );
}

function Summary({ ui, row }: { ui: Ui; row: Row }) {
  return (
    <Facts
      facts={[
        ["Type", row.type],
        ["Time", Number.isNaN(row.time) ? "" : new Date(row.time).toISOString()],
        ["Project", row.project],
        [
          "Session",
          row.session && (
            <Pick ui={ui} sel={selOf("session", `${row.project}/${row.session}`)}>
              {shortId(row.session)}
            </Pick>
          ),
        ],
        [
          "Agent",
          row.agent && (
            <Pick ui={ui} sel={selOf("agent", `${row.project}/${row.session}/${row.agentId}`)}>
              <Name of={row.agent} />
            </Pick>
          ),
        ],
        ["Took", row.took !== null && took(row.took)],
        ["About", row.about],
      ]}
    />
  );
}

function Whole({ json, id, ui }: { json: string; id: string; ui: Ui }) {
  const asJson = useSignal(false);
  useCommands(ui, [
    {
      id: "event.copy",
      title: "Copy the event as JSON",
      keys: ["Shift+c"],
      scope: "Event",
      run: () =>
        void navigator.clipboard.writeText(json).then(
          () => ui.say("Event copied"),
          () => ui.say("It could not be copied: the browser does not allow it"),
        ),
    },
  ]);
  const forms = [
    ["Fields", false],
    ["JSON", true],
  ] as const;
  return (
    <>
      <div class="row-of-buttons">
        {forms.map(([word, wanted]) => (
          <button
            key={word}
            type="button"
            class="button"
            aria-pressed={asJson.value === wanted}
            onClick={() => (asJson.value = wanted)}
          >
            {word}
          </button>
        ))}
        <CopyButton text={() => json} of={`event ${id}`}>
          Copy JSON
        </CopyButton>
      </div>
      {asJson.value ? <AsJson json={json} /> : <AsFields json={json} />}
    </>
  );
}

function AsFields({ json }: { json: string }) {
  const { data, envelope } = useMemo(() => prettyOf(JSON.parse(json)), [json]);
  return (
    <>
      <Part title="Data">
        <Facts facts={data} />
      </Part>
      <Part title="Envelope">
        <Facts facts={envelope} />
      </Part>
    </>
  );
}

function AsJson({ json }: { json: string }) {
  const all = useSignal(false);
  const text = useMemo(() => indented(json), [json]);
  const rest = text.length - FIRST;
  return (
    <>
      <pre class="json" tabIndex={0} role="region" aria-label="The event as JSON">
        {all.value ? text : text.slice(0, FIRST)}
      </pre>
      {rest > 0 && !all.value && (
        <button type="button" class="button" onClick={() => (all.value = true)}>
          Load the rest ({bytes(rest)})
        </button>
      )}
    </>
  );
}

/** `,` and `.` go from event to event of the same agent. */
function neighbours(ui: Ui, row: Row | undefined) {
  const step = (by: 1 | -1) => () => {
    if (!row) return;
    const ofSame = (other: Row) =>
      other.project === row.project && other.session === row.session && other.agentId === row.agentId;
    const next = neighbour(ui.shown.rows.peek(), row.seq, by, ofSame);
    if (next) ui.select(selOf("evt", next.seq));
  };
  return [
    { id: "event.before", title: "Event before, of the same agent", keys: [","], scope: "Event", run: step(-1) },
    { id: "event.after", title: "Event after, of the same agent", keys: ["."], scope: "Event", run: step(1) },
  ] as const;
}
