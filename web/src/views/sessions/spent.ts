import type { Spent } from "../../contract";

export const KINDS = ["input", "cache_read", "cache_creation", "output"] as const;
export type Kind = (typeof KINDS)[number];

export const KIND_WORDS: { readonly [kind in Kind]: string } = {
  input: "input",
  cache_read: "cache read",
  cache_creation: "cache write",
  output: "output",
};

/** Tokens of one kind; `percent` in tenths that add up to 100 over all kinds. */
export interface Part {
  readonly kind: Kind;
  readonly tokens: number;
  readonly percent: number;
}

export function totalOf(spent: Spent | undefined): number {
  return KINDS.reduce((sum, kind) => sum + (spent?.[kind] ?? 0), 0);
}

/** The kinds of which there are any. */
export function partsOf(spent: Spent | undefined): Part[] {
  const parts = KINDS.map((kind) => ({ kind, tokens: spent?.[kind] ?? 0 })).filter(({ tokens }) => tokens > 0);
  const percents = shares(parts.map(({ tokens }) => tokens));
  return parts.map((part, index) => ({ ...part, percent: percents[index] ?? 0 }));
}

const WHOLE = 1000;

/** Percents in tenths: rounded down, and what is missing from 100 goes to those that lost most. */
export function shares(values: readonly number[]): number[] {
  const sum = values.reduce((all, value) => all + value, 0);
  if (!(sum > 0)) return values.map(() => 0);
  const exact = values.map((value) => (value / sum) * WHOLE);
  const tenths = exact.map(Math.floor);
  const lost = (index: number) => (exact[index] ?? 0) - (tenths[index] ?? 0);
  const order = values.map((_, index) => index).sort((one, other) => lost(other) - lost(one));
  const missing = WHOLE - tenths.reduce((all, each) => all + each, 0);
  for (const index of order.slice(0, missing)) tenths[index] = (tenths[index] ?? 0) + 1;
  return tenths.map((each) => each / 10);
}
