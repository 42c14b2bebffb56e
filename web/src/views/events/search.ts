import { columnsOf, needsServer } from "../../query/columns";
import { added } from "../../query/edit";
import { tester } from "../../query/matches";
import { parse } from "../../query/parse";
import { edgesOf, parseRange, type Range, rangeTerms } from "../../query/range";
import type { Query, Term } from "../../query/terms";
import { moment } from "../../query/when";
import type { Row } from "../../rows";
import type { Place } from "../../url";

/** Which events are looked for. */
export interface Search {
  readonly text: string;
  readonly query: Query;
  readonly range: Range | null;
  /** What is asked of the server: the text, with the range and the project. */
  readonly q: string;
  readonly grouped: boolean;
  /** The terms that the page's own rows cannot decide, for which the history is asked. */
  readonly beyond: readonly Term[];
}

const NOTHING: Query = { terms: [] };

/** What a link says; a query that is wrong looks for nothing, hence all is shown. */
export function searchOf(place: Place): Search {
  const text = place.get("q") ?? "";
  const range = parseRange(place.get("range") ?? "");
  const query = parse(text).query ?? NOTHING;
  const project = place.get("project") ?? "";
  const right = query === NOTHING ? "" : text;
  const whole = [project && `project:${quoted(project)}`, range ? rangeTerms(range) : ""].filter(Boolean);
  return {
    text,
    query,
    range,
    q: whole.reduce(added, right).trim(),
    grouped: place.get("grp") !== "0",
    beyond: [...needsServer(query), ...query.terms.filter(movesUp)],
  };
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}

/** As time goes by more events match, and not only new ones. */
function movesUp(term: Term): boolean {
  return term.kind === "time" && term.at === undefined && (term.field === "before") !== (term.not ?? false);
}

/** Whether a row is looked for; what is too old by now, `sinceOf` tells. */
export function testOf({ query, range }: Search, now: number): (row: Row) => boolean {
  const test = tester(query, now);
  if (range?.kind !== "between") return query.terms.length === 0 ? () => true : (row) => test(columnsOf(row));
  return (row) => {
    const columns = columnsOf(row);
    return columns.stored >= range.after && columns.stored < range.before && test(columns);
  };
}

/** The time before which nothing is looked for, in milliseconds; 0 where there is none. */
export function sinceOf({ query, range }: Search, now: number): number {
  const terms = query.terms.filter((term) => term.kind === "time" && term.field === "after" && !term.not);
  const times = terms.map((term) => (term.kind === "time" ? moment(term, now) : 0));
  return Math.max(0, range ? edgesOf(range, now).after : 0, ...times);
}

/** A term without which something would be there: how many rows. The one that would give most comes first. */
export interface Way {
  readonly term: Term;
  readonly rows: number;
}

export function waysOut({ query }: Search, rows: Iterable<Row>, now: number): Way[] {
  const tests = query.terms.map((term) => ({
    term,
    test: tester({ terms: query.terms.filter((each) => each !== term) }, now),
  }));
  const counts = new Map<Term, number>();
  for (const row of rows) {
    const columns = columnsOf(row);
    for (const { term, test } of tests) if (test(columns)) counts.set(term, (counts.get(term) ?? 0) + 1);
  }
  const ways = [...counts].map(([term, rows]) => ({ term, rows }));
  return ways.sort((one, other) => other.rows - one.rows);
}
