import type { Entry, Session } from "../../state";
import type { Order } from "../order";
import { sessionName } from "./naming";
import { totalOf } from "./spent";

export const COLUMNS = ["session", "status", "context", "forecast", "tokens", "cost", "turns", "compactions"] as const;
export type Column = (typeof COLUMNS)[number];

const WORST = ["waiting", "lost", "active", "idle", "ended"];

type Measure = (session: Session, id: string) => number | string;

const MEASURES: { readonly [name in Column]: Measure } = {
  session: (session, id) => sessionName(session, id).toLowerCase(),
  status: ({ status = "" }) => WORST.indexOf(status),
  context: ({ context_percentage = -1 }) => -context_percentage,
  forecast: ({ full_at = "", status }) => (status === "ended" ? Number.NaN : Date.parse(full_at)),
  tokens: ({ tokens }) => -totalOf(tokens),
  cost: ({ cost_usd = -1 }) => -cost_usd,
  turns: ({ turns = 0 }) => -turns,
  compactions: ({ compactions = 0 }) => -compactions,
};

/** Without a column those that live come first, and of either the one that began last: no row moves while it works. */
export function sorted(
  sessions: readonly Entry<Session>[],
  { column, turned }: Order<Column>,
): readonly Entry<Session>[] {
  const began = ({ value }: Entry<Session>) => -(Date.parse(value.started ?? "") || 0);
  const over = ({ value }: Entry<Session>) => (value.status === "ended" ? 1 : 0);
  const calm = [...sessions].sort((one, other) => over(one) - over(other) || began(one) - began(other));
  if (column === null) return calm;
  const measure = ({ value, key }: Entry<Session>) => MEASURES[column](value, key);
  return calm.sort((one, other) => compared(measure(one), measure(other), turned ? -1 : 1));
}

/** What is not known comes last, either way round. */
function compared(one: number | string, other: number | string, sign: number): number {
  if (Number.isNaN(one) || Number.isNaN(other)) return Number(Number.isNaN(one)) - Number(Number.isNaN(other));
  return one < other ? -sign : one > other ? sign : 0;
}

export const SHOWS = ["all", "live", "waiting", "filling"] as const;
export type Show = (typeof SHOWS)[number];

export function showOf(word: string | undefined): Show {
  return SHOWS.find((show) => show === word) ?? "all";
}

/** Which sessions are shown. */
export function showing(show: Show): (session: Session) => boolean {
  if (show === "live") return ({ status }) => status !== "ended" && status !== "lost";
  if (show === "waiting") return ({ status }) => status === "waiting";
  if (show === "filling")
    return ({ status, context_level = "normal" }) => status !== "ended" && context_level !== "normal";
  return () => true;
}
