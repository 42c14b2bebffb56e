import { type Signal, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { Lanes } from "../../charts/Lanes";
import type { Bar, Chosen, LaneRow } from "../../charts/lanes";
import { pinsIn, pinsWith } from "../../charts/pins";
import { fitted, type Look, panned, scaleOf, zoomed } from "../../charts/timeline";
import { useLanes } from "../../charts/use-lanes";
import { useCommands } from "../../commands";
import { selectionOf, selOf } from "../../select";
import { agentsOf } from "../../state";
import { age } from "../../text";
import type { Ui } from "../../ui";
import { useTurns } from "../../use-turns";
import { Failure } from "../Guard";
import { Panel } from "../Panel";
import { useLook } from "./look";
import { Switch, switched } from "./Switch";

const APART = 150;

export function LanesPanel({ ui: live }: { ui: Ui }) {
  const ui = useTurns(live, APART);
  const look = useLook(ui.address);
  const now = ui.shown.now.value;
  const { place } = ui.address;
  const wishes = { collapseIdle: place.value.get("idle") !== "1", errorsOnly: place.value.get("errors") === "1" };
  const { rows, error, loading, retry } = useLanes(ui, scaleOf(look.value, now, 0, 1).from);
  const [chosen, choose] = useChosen(ui);
  const crosshair = useSignal<number | null>(null);
  useLaneCommands(ui, look);
  const pinned = pinsIn(place.value.get("pin"));
  const pin = (id: string) => ui.address.go({ pin: pinsWith(pinned, id) });
  const onLook = (next: Look) => {
    look.value = next;
  };
  return (
    <Panel name="agent-lanes" title="Agents over time" note={noteOf(look.value, now, loading)}>
      <Tools ui={ui} look={look} rows={rows}>
        <button
          type="button"
          class="button"
          title="P"
          disabled={chosen === null}
          aria-pressed={chosen !== null && pinned.has(chosen.row)}
          onClick={() => chosen && pin(chosen.row)}
        >
          Pin lane
        </button>
      </Tools>
      {error && <Failure what="What the agents did earlier" why={error} retry={retry} />}
      <Lanes
        rows={rows}
        now={now}
        look={look.value}
        onLook={onLook}
        wishes={wishes}
        pinned={pinned}
        onPin={({ id }) => pin(id)}
        chosen={chosen}
        onChoose={choose}
        onOpen={(row, bar) => open(ui, row, bar)}
        crosshair={crosshair}
        narrow={ui.narrow.value}
        empty={emptyWords(rows, wishes.errorsOnly)}
      />
      <Key />
    </Panel>
  );
}

function noteOf({ span, to }: Look, now: number, loading: boolean): string {
  const when = to === null ? "following" : `until ${age(now - to)} ago`;
  return `${age(span)} · ${when}${loading ? " · loading" : ""}`;
}

function emptyWords(rows: readonly LaneRow[], errorsOnly: boolean): string {
  if (rows.length === 0) return "No agent has been seen yet.";
  return errorsOnly ? "Nothing failed in this time." : "No agent did anything in this time.";
}

/** Whom a bar belongs to is in the URL, which of an agent's bars is not. */
function useChosen(ui: Ui): [Chosen | null, (chosen: Chosen | null) => void] {
  const seq = useSignal<{ row: string; seq: number | null }>({ row: "", seq: null });
  const selected = selectionOf(ui.address.place.value);
  const id = selected?.kind === "agent" ? selected.id : null;
  const chosen = id === null ? null : { row: id, seq: seq.value.row === id ? seq.value.seq : null };
  const choose = (next: Chosen | null) => {
    const agent = agentsOf(ui.shown.state.peek()).find((each) => each.id === next?.row);
    seq.value = { row: next?.row ?? "", seq: next?.seq ?? null };
    if (agent) ui.select(selOf("agent", agent.id));
    else if (chosen) ui.select(null);
  };
  return [chosen, choose];
}

function open(ui: Ui, row: LaneRow, bar: Bar | null): void {
  if (bar && bar.span.seq > 0) ui.select(selOf("evt", bar.span.seq));
  else if (row.kind === "agent") ui.select(selOf("agent", row.id));
}

function useLaneCommands(ui: Ui, look: Signal<Look>): void {
  const { address } = ui;
  useCommands(ui, [
    {
      id: "lanes.idle",
      title: "Lanes: collapse idle agents",
      keys: ["c"],
      scope: "Live",
      run: () => switched(address, "idle"),
    },
    {
      id: "lanes.errors",
      title: "Lanes: errors only",
      keys: ["e"],
      scope: "Live",
      run: () => switched(address, "errors"),
    },
    {
      id: "lanes.follow",
      title: "Lanes: follow the present",
      scope: "Live",
      run: () => {
        look.value = { span: look.peek().span, to: null };
      },
    },
  ]);
}

interface ToolsProps {
  ui: Ui;
  look: Signal<Look>;
  rows: readonly LaneRow[];
  children: ComponentChildren;
}

/** What keys and dragging do, as buttons. */
function Tools({ ui, look, rows, children }: ToolsProps) {
  const now = () => ui.shown.now.peek();
  const change = (next: (look: Look) => Look) => () => {
    look.value = next(look.peek());
  };
  const follows = look.value.to === null;
  return (
    <div class="toolbar" role="toolbar" aria-label="Time and lanes">
      <span class="buttons">
        <button type="button" class="button" title="A" onClick={change((at) => panned(at, -at.span / 4, now()))}>
          Earlier
        </button>
        <button
          type="button"
          class="button"
          title="D"
          disabled={follows}
          onClick={change((at) => panned(at, at.span / 4, now()))}
        >
          Later
        </button>
      </span>
      <span class="buttons">
        <button type="button" class="button" title="W" data-range="" onClick={change((at) => zoomed(at, 0.5, now()))}>
          Zoom in
        </button>
        <button type="button" class="button" title="S" onClick={change((at) => zoomed(at, 2, now()))}>
          Zoom out
        </button>
        <button type="button" class="button" title="F" onClick={change(() => all(rows, now()))}>
          Fit all
        </button>
      </span>
      <button
        type="button"
        class="button"
        title="L"
        aria-pressed={follows}
        onClick={change((at) => ({ span: at.span, to: follows ? now() : null }))}
      >
        Follow now
      </button>
      <span class="buttons end">
        {children}
        <Switch address={ui.address} name="idle" off="Collapse idle" />
        <Switch address={ui.address} name="errors" on="Errors only" />
      </span>
    </div>
  );
}

function all(rows: readonly LaneRow[], now: number): Look {
  const spans = rows.flatMap(({ lane }) => [...lane.runs, ...lane.calls]);
  return fitted(
    spans.reduce((least, { from }) => Math.min(least, from), now),
    now,
    now,
  );
}

/** What the shapes mean. */
function Key() {
  return (
    <ul class="lanes-key">
      {[
        ["run", "runs"],
        ["call", "tool call"],
        ["delegation", "waits for an agent"],
        ["wait", "blocked on a human"],
        ["failed", "failed"],
        ["bell", "waits for you now"],
        ["fill", "context filled"],
        ["compaction", "compacted"],
      ].map(([shape, words]) => (
        <li key={shape}>
          <i class={`shape ${shape}`} aria-hidden="true" />
          {words}
        </li>
      ))}
    </ul>
  );
}
