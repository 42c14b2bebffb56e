import { useSignal } from "@preact/signals";
import { selOf } from "../../select";
import type { FileState } from "../../state";
import { bytes, clock, plain, took } from "../../text";
import type { Ui } from "../../ui";
import { Answered } from "../Answered";
import { Part } from "../Facts";
import { Icon } from "../icons";
import { Name } from "../Name";
import { Empty } from "../Panel";
import { Pick } from "../Pick";
import { actsOf, type Told, told } from "./knowledge";
import { historyQuery, type Page, useHistory } from "./use-history";
import { did, linesWords } from "./words";

const FIRST = 50;
const MOST = 1000;

interface Props {
  readonly ui: Ui;
  readonly project: string;
  readonly path: string;
  readonly file: FileState;
}

/** What was done to a file, newest first, and whether who changed it knew how it was. */
export function History({ ui, project, path, file }: Props) {
  const limit = useSignal(FIRST);
  const answer = useHistory(ui, project, path, file.seq ?? 0, limit.value);
  const total = (file.reads ?? 0) + (file.edits ?? 0) + (file.writes ?? 0) + (file.deletes ?? 0);
  return (
    <Part title="History">
      <Answered what="The history" answer={answer}>
        {(page) => <Acts ui={ui} acts={toldOf(page, project, path, total)} />}
      </Answered>
      <p class="row-of-buttons">
        {limit.value < Math.min(total, MOST) && (
          <button type="button" class="button" onClick={() => (limit.value = Math.min(MOST, limit.value * 4))}>
            Show older
          </button>
        )}
        <a class="button file-events" href={ui.address.href({ view: "events", q: historyQuery(project, path) })}>
          Show as events
        </a>
      </p>
    </Part>
  );
}

function toldOf({ events }: Page, project: string, path: string, total: number): Told[] {
  const acts = actsOf(events, project, path);
  return told(acts, acts.length >= total).reverse();
}

function Acts({ ui, acts }: { ui: Ui; acts: readonly Told[] }) {
  if (acts.length === 0) return <Empty>Its events are no longer kept.</Empty>;
  return (
    <ol class="plain-list file-acts">
      {acts.map((act) => (
        <li key={act.seq}>
          <span class="muted file-time">{clock(act.time).slice(0, 8)}</span>
          <Name of={act.name} />
          <Pick ui={ui} sel={selOf("evt", act.seq)}>
            {did(act.operation)}
          </Pick>
          <span class="muted file-size">
            {[linesWords(act.added, act.removed), bytes(act.size)].filter(Boolean).join(" · ")}
          </span>
          <Sight act={act} />
        </li>
      ))}
    </ol>
  );
}

function Sight({ act: { sight, time } }: { act: Told }) {
  if (sight === null) return null;
  if (sight.kind === "unread") {
    return (
      <span class="warn file-sight">
        <Icon shape="rise" /> had not read it
      </span>
    );
  }
  const before = took(Math.max(0, time - sight.before.time));
  if (sight.kind === "fresh") {
    const how = sight.before.operation === "read" ? "read it" : `${did(sight.before.operation)} it itself`;
    return (
      <span class="muted file-sight">
        {how} {before} before
      </span>
    );
  }
  return (
    <span class="warn file-sight">
      <Icon shape="rise" /> had not seen how {plain(sight.before.name)} {did(sight.before.operation)} it {before} before
    </span>
  );
}
