import { signal } from "@preact/signals";
import { expect, test } from "vitest";
import type { Json } from "./patch";
import { Ring } from "./ring";
import { type Row, rowOf } from "./rows";
import { shownOf } from "./shown";
import { parse } from "./url";

function row(seq: number, project: string): Row {
  return rowOf({ event: "deploy", seq, project });
}

function page(state: Json, search = "") {
  const known = { state, rows: new Ring<Row>(100) };
  const drawn = signal(0);
  const place = signal(parse(search));
  return { known, drawn, place, shown: shownOf(known, drawn, signal(0), place) };
}

const TWO = { projects: { shop: { agents: {} }, api: { agents: {} } } };

test("of a chosen project, its state and its rows are shown alone", () => {
  const { known, place, shown } = page(TWO, "?project=api");
  for (const seq of [1, 2, 3]) known.rows.push(row(seq, seq === 2 ? "api" : "shop"));
  expect(shown.state.value).toEqual({ projects: { api: { agents: {} } } });
  expect(shown.rows.value.end).toBe(1);
  place.value = parse("");
  expect(shown.state.value).toBe(TWO);
  expect(shown.rows.value.end).toBe(3);
});

test("a project that is not there, or is named like what every object has, shows nothing", () => {
  for (const name of ["gone", "constructor", "__proto__"]) {
    expect(page(TWO, `?project=${name}`).shown.state.value).toEqual({ projects: {} });
  }
});

test("what changes in another project changes nothing here", () => {
  const { known, drawn, shown } = page(TWO, "?project=api");
  const before = shown.state.value;
  known.state = { projects: { ...TWO.projects, shop: {} } };
  drawn.value += 1;
  expect(shown.state.value).toBe(before);
});

test("what is not drawn yet is not shown", () => {
  const { known, drawn, shown } = page(TWO);
  expect(shown.rows.value.end).toBe(0);
  known.rows.push(row(1, "shop"));
  expect(shown.rows.value.end).toBe(0);
  drawn.value += 1;
  expect(shown.rows.value.end).toBe(1);
});
