import "./sessions.css";
import { useList } from "../../list";
import { selOf } from "../../select";
import { type Entry, type Session, sessionsOf } from "../../state";
import { count } from "../../text";
import type { Ui } from "../../ui";
import { Guard } from "../Guard";
import { orderOf } from "../order";
import { Empty, Panel } from "../Panel";
import { SessionTable } from "./SessionTable";
import { COLUMNS, SHOWS, type Show, showing, showOf, sorted } from "./sorting";

const PAGE = 40;

export function Sessions({ ui }: { ui: Ui }) {
  return (
    <Guard what="The sessions">
      <SessionsPanel ui={ui} />
    </Guard>
  );
}

function SessionsPanel({ ui }: { ui: Ui }) {
  const { place } = ui.address;
  const all = sessionsOf(ui.shown.state.value);
  const show = showOf(place.value.get("show"));
  const wanted = all.filter(({ value }) => showing(show)(value));
  const from = Math.min(Number.parseInt(place.value.get("skip") ?? "0", 10) || 0, Math.max(0, wanted.length - 1));
  const shown = sorted(wanted, orderOf(COLUMNS, place.value.get("sort"))).slice(from, from + PAGE);
  useList(
    ui,
    shown.map(({ id }) => selOf("session", id)),
  );
  return (
    <>
      {all.length > 0 && <Filter ui={ui} all={all} chosen={show} />}
      <Panel name="sessions" title="Sessions" note={<Pages ui={ui} from={from} total={wanted.length} />}>
        {shown.length > 0 ? (
          <SessionTable ui={ui} sessions={shown} />
        ) : all.length > 0 ? (
          <NoneShown ui={ui} show={show} total={all.length} />
        ) : (
          <Nobody ui={ui} />
        )}
      </Panel>
    </>
  );
}

const SHOW_WORDS: { readonly [show in Show]: string } = {
  all: "All",
  live: "Live",
  waiting: "Waiting for you",
  filling: "Filling up",
};

function Filter({ ui, all, chosen }: { ui: Ui; all: readonly Entry<Session>[]; chosen: Show }) {
  return (
    <nav class="shows" aria-label="Which sessions">
      {SHOWS.map((show) => (
        <a
          key={show}
          class="show"
          href={ui.address.href({ show: show === "all" ? null : show, skip: null })}
          aria-current={show === chosen ? "page" : undefined}
        >
          {SHOW_WORDS[show]} <b>{count(all.filter(({ value }) => showing(show)(value)).length)}</b>
        </a>
      ))}
    </nav>
  );
}

function Pages({ ui, from, total }: { ui: Ui; from: number; total: number }) {
  if (total <= PAGE) return <>{total > 0 && count(total)}</>;
  const to = Math.min(total, from + PAGE);
  return (
    <>
      {count(from + 1)} to {count(to)} of {count(total)}
      {from > 0 && (
        <a class="panel-link" href={ui.address.href({ skip: from > PAGE ? `${from - PAGE}` : null })}>
          Previous
        </a>
      )}
      {to < total && (
        <a class="panel-link" href={ui.address.href({ skip: `${to}` })}>
          Next
        </a>
      )}
    </>
  );
}

const NONE: { readonly [show in Show]: string } = {
  all: "No session is here.",
  live: "No session is live: all have ended.",
  waiting: "No session waits for you.",
  filling: "No context is filling up: all are below the first threshold.",
};

function NoneShown({ ui, show, total }: { ui: Ui; show: Show; total: number }) {
  return (
    <Empty>
      {NONE[show]}{" "}
      <a class="panel-link" href={ui.address.href({ show: null, skip: null })}>
        Show all {count(total)}
      </a>
    </Empty>
  );
}

function Nobody({ ui }: { ui: Ui }) {
  const project = ui.address.place.value.get("project");
  if (project === undefined) return <Empty>No session has been seen yet.</Empty>;
  return (
    <Empty>
      No session has been seen in this project.{" "}
      <a class="panel-link" href={ui.address.href({ project: null })}>
        Show all projects
      </a>
    </Empty>
  );
}
