import { useComputed, useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { type Command, useCommands } from "../../commands";
import { neighbour, rowOfSeq } from "../../find";
import { type Row, rowOf } from "../../rows";
import { selOf } from "../../select";
import { bytes, shortened, shortId, took } from "../../text";
import type { Ui } from "../../ui";
import { Answered } from "../Answered";
import { CopyButton } from "../CopyButton";
import { Facts, Part } from "../Facts";
import { Guard } from "../Guard";
import { Name } from "../Name";
import { Pick } from "../Pick";
import { causeOf, effectsOf } from "./causes";
import { FIRST, indented, prettyOf } from "./pretty";
import { useWhole } from "./whole";

/** At once what the list knows of it, and then the whole event. */
export function EventDetail({ ui, id }: { ui: Ui; id: string }) {
  const listed = useComputed(() => rowOfSeq(ui.shown.rows.value, Number(id))).value;
  const whole = useWhole(id);
  const older = useMemo(() => (whole.value === null ? undefined : rowOf(JSON.parse(whole.value))), [whole.value]);
  const row = listed ?? older;
  useCommands(ui, [...neighbours(ui, row), ...marking(ui, row)]);
  return (
    <>
      {row && <Summary ui={ui} row={row} />}
      {row && <Causes ui={ui} row={row} />}
      <Guard what="The event">
        <Answered what="The event" answer={whole}>
          {(json) => <Whole json={json} id={id} ui={ui} row={row} />}
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

const EFFECTS = 5;

/** The events that made it happen, and that it made happen, among those that the page holds. */
function Causes({ ui, row }: { ui: Ui; row: Row }) {
  const now = ui.shown.now.value;
  const [cause, effects] = useMemo(() => {
    const rows = ui.shown.rows.peek();
    return [causeOf(rows, row), effectsOf(rows, row, EFFECTS + 1)] as const;
  }, [ui, row, now]);
  const to = (found: Row | undefined) => () => ui.select(selOf("evt", found?.seq ?? row.seq));
  useCommands(ui, [
    {
      id: "event.cause",
      title: "What made it happen",
      keys: ["["],
      scope: "Event",
      when: () => cause !== undefined,
      run: to(cause),
    },
    {
      id: "event.effect",
      title: "What it led to",
      keys: ["]"],
      scope: "Event",
      when: () => effects.length > 0,
      run: to(effects[0]),
    },
  ]);
  if (!cause && effects.length === 0) return null;
  return (
    <dl class="facts">
      {cause && <Told ui={ui} name="Cause" rows={[cause]} />}
      {effects.length > 0 && (
        <Told ui={ui} name={`Led to${effects.length > EFFECTS ? ", first" : ""}`} rows={effects.slice(0, EFFECTS)} />
      )}
    </dl>
  );
}

function Told({ ui, name, rows }: { ui: Ui; name: string; rows: readonly Row[] }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {rows.map(({ seq, type, about }) => (
          <div key={seq} class="event-cause">
            <Pick ui={ui} sel={selOf("evt", seq)}>
              #{seq} {shortened(about || type, 80)}
            </Pick>
          </div>
        ))}
      </dd>
    </div>
  );
}

interface WholeProps {
  json: string;
  id: string;
  ui: Ui;
  row: Row | undefined;
}

function Whole({ json, id, ui, row }: WholeProps) {
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
        {row && (
          <button
            type="button"
            class="button"
            aria-pressed={ui.bookmarks.has(ui.store.epoch, row.seq)}
            onClick={() => mark(ui, row)}
          >
            Bookmark
          </button>
        )}
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

function mark(ui: Ui, { seq, about, type }: Row): void {
  const marked = ui.bookmarks.toggle({ epoch: ui.store.epoch, seq, about: about || type });
  ui.say(marked ? "Bookmarked: the palette finds it" : "Bookmark taken away");
}

function marking(ui: Ui, row: Row | undefined): Command[] {
  if (!row) return [];
  const marked = ui.bookmarks.has(ui.store.epoch, row.seq);
  const run = () => mark(ui, row);
  return [
    {
      id: "event.bookmark",
      title: marked ? "Take the bookmark away" : "Bookmark it",
      keys: ["m"],
      scope: "Event",
      run,
    },
  ];
}

/** `,` and `.` go from event to event of the same agent. */
function neighbours(ui: Ui, row: Row | undefined): Command[] {
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
  ];
}
