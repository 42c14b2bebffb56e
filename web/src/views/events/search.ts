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
  /** The text, and the project. */
  readonly filter: string;
  /** What the server is asked for: the filter, and the range. */
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
  const filter = project ? added(right, `project:${quoted(project)}`) : right.trim();
  return {
    text,
    query,
    range,
    filter,
    q: range ? added(filter, rangeTerms(range)) : filter,
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

/** What a term does to the rows there are. */
export interface Effect {
  readonly term: Term;
  /** How many it lets through by itself, and how many the others would without it. */
  readonly alone: number;
  readonly without: number;
}

/** The terms of a query by how much there would be without them. */
export function effectsOf({ query }: Search, rows: Iterable<Row>, now: number): Effect[] {
  const effects = query.terms.map((term) => ({
    term,
    only: tester({ terms: [term] }, now),
    others: tester({ terms: query.terms.filter((each) => each !== term) }, now),
    alone: 0,
    without: 0,
  }));
  for (const row of rows) {
    const columns = columnsOf(row);
    for (const each of effects) {
      if (each.only(columns)) each.alone += 1;
      if (each.others(columns)) each.without += 1;
    }
  }
  return effects.sort((one, other) => other.without - one.without || one.alone - other.alone);
}
