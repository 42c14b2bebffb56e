import { parse } from "./parse";
import type { Field, Match, Query, Term } from "./terms";

/** The value as it must be written to mean exactly that. */
export function written(value: string): string {
  return /^[^\s",*]+$/.test(value) ? value : `"${value.replace(/["\\]/g, "\\$&")}"`;
}

export function added(text: string, term: string): string {
  const trimmed = text.trim();
  return trimmed === "" ? term : `${trimmed} ${term}`;
}

/** The text without one of its terms. */
export function removed(text: string, { start, end }: Pick<Term, "start" | "end">): string {
  const [before, after] = [text.slice(0, start).trimEnd(), text.slice(end).trimStart()];
  return before && after ? `${before} ${after}` : before + after;
}

export function replaced(text: string, { start, end }: Pick<Term, "start" | "end">, term: string): string {
  return text.slice(0, start) + term + text.slice(end);
}

function termsOf(text: string): readonly Term[] {
  return parse(text).query?.terms ?? [];
}

function matchesOf(text: string, field: Field): Match[] {
  return termsOf(text).filter((term) => term.kind === "match" && term.field === field) as Match[];
}

/** Only events with this value: in place of what was wanted of the field, since no event has two values in it. */
export function filterFor(text: string, field: Field, value: string): string {
  const term = `${field}:${written(value)}`;
  const without = matchesOf(text, field)
    .filter((each) => each.not && names(each, value))
    .reduceRight((rest, each) => withoutValue(rest, each, value), text);
  const wanted = matchesOf(without, field).find(({ not }) => !not);
  return wanted ? replaced(without, wanted, term) : added(without, term);
}

/** No events with this value. */
export function filterOut(text: string, field: Field, value: string): string {
  const without = matchesOf(text, field)
    .filter((each) => !each.not && names(each, value))
    .reduceRight((rest, each) => withoutValue(rest, each, value), text);
  const unwanted = matchesOf(without, field).find(({ not }) => not);
  if (!unwanted) return added(without, `-${field}:${written(value)}`);
  if (names(unwanted, value)) return without;
  return replaced(without, unwanted, `${without.slice(unwanted.start, unwanted.end)},${written(value)}`);
}

function names({ values }: Match, value: string): boolean {
  return values.some((each) => isFor(each.text, value));
}

/** `session:3f2b` is written with a `*` that nobody typed. */
function isFor(text: string, value: string): boolean {
  return [value, `${value}*`].some((each) => each.toLowerCase() === text.toLowerCase());
}

function withoutValue(text: string, term: Match, value: string): string {
  const left = term.values.filter((each) => !isFor(each.text, value));
  if (left.length === 0) return removed(text, term);
  const values = left.map((each) => (each.glob ? each.text : written(each.text))).join(",");
  return replaced(text, term, `${term.not ? "-" : ""}${term.field}:${values}`);
}

/** The term that is written just so, as `is:error` is. */
export function termWritten(text: string, term: string): Term | undefined {
  return termsOf(text).find(({ start, end }) => text.slice(start, end).toLowerCase() === term);
}

export function toggled(text: string, term: string): string {
  const there = termWritten(text, term);
  return there ? removed(text, there) : added(text, term);
}

/** The terms as they are written, with where they stand. */
export function chipsOf(text: string, query: Query): { readonly term: Term; readonly text: string }[] {
  return query.terms.map((term) => ({ term, text: text.slice(term.start, term.end) }));
}
