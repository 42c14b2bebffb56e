import { removed } from "../../query/edit";
import type { Term } from "../../query/terms";
import type { Rows } from "../../ring";
import type { Row } from "../../rows";
import { count, shortened } from "../../text";
import type { Ui } from "../../ui";
import { Failure } from "../Guard";
import { Empty } from "../Panel";
import type { Found } from "./history";
import { effectsOf, type Search } from "./search";

interface Props {
  readonly ui: Ui;
  readonly search: Search;
  readonly found: Found;
  readonly retry: () => void;
  readonly ask: (text: string) => void;
}

const MOST = 3;
const LONGEST = 40;

/** Why there are no rows, and what would bring some. */
export function Nothing({ ui, search, found, retry, ask }: Props) {
  if (found.error) return <Failure what="The history" why={found.error} retry={retry} />;
  if (found.busy) return <Empty>Searching the history…</Empty>;
  if (search.query.terms.length === 0) {
    return <Empty>{search.range ? "Nothing happened in this time." : "No event has been seen yet."}</Empty>;
  }
  return <Excluded ui={ui} search={search} ask={ask} />;
}

function Excluded({ ui, search, ask }: Pick<Props, "ui" | "search" | "ask">) {
  const { text } = search;
  return (
    <div class="events-nothing">
      <p>No event matches{search.range ? " in this time" : ""}.</p>
      {helpsOf(ui, search).map(({ term, words }) => (
        <p key={term.start}>
          {words && <code>{text.slice(term.start, term.end)}</code>} {words}{" "}
          <button type="button" class="button" onClick={() => ask(removed(text, term))}>
            Remove {shortened(text.slice(term.start, term.end), LONGEST)}
          </button>
        </p>
      ))}
      {search.query.terms.length > 1 && (
        <button type="button" class="button" onClick={() => ask("")}>
          Remove all terms
        </button>
      )}
    </div>
  );
}

interface Help {
  readonly term: Term;
  readonly words: string;
}

/** Counted over what the page holds, once: what comes later and matches is listed. */
function helpsOf({ shown }: Ui, search: Search): Help[] {
  // Where the page cannot decide on all terms, its counts would say nothing.
  if (search.beyond.length > 0) return search.query.terms.slice(0, MOST).map((term) => ({ term, words: "" }));
  const rows = shown.rows.peek();
  const effects = effectsOf(search, each(rows), shown.now.peek());
  const helps = effects.filter(({ alone, without }) => without > 0 || alone === 0).slice(0, MOST);
  return helps.map(({ term, without }) => ({ term, words: wordsFor(without, rows.end - rows.first) }));
}

function wordsFor(without: number, total: number): string {
  const latest = `of the latest ${count(total)}`;
  if (without === 0) return `matches none ${latest}.`;
  return `leaves out all: without it there ${without === 1 ? "is one" : `are ${count(without)}`} ${latest}.`;
}

function* each(rows: Rows<Row>): Generator<Row> {
  for (let number = rows.first; number < rows.end; number += 1) {
    const row = rows.at(number);
    if (row) yield row;
  }
}
