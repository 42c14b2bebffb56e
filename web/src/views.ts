import type { ComponentType } from "preact";
import type { Ui } from "./ui";

/*
 * How to build a view:
 *
 * - It lives in views/<id>/ and is loaded when it is first opened. Its styles are views/<id>/<id>.css, imported by it,
 *   each rule below `.view-<id>`. Tokens (styles/tokens.css) are the only colours.
 * - It takes `{ ui }`. State and events come from `ui.shown` alone, so that it can show the past as well as now;
 *   time is `ui.shown.now`. Read a signal's `.value` in the smallest component that needs it. What only REST knows
 *   comes through `useAnswer` (answer.ts), drawn by `<Answered>`.
 * - Filters, tabs and the like are keys of the URL: `ui.address.place.value.get("q")`, `go` and `adjust` change them.
 *   A link is an `<a href={ui.address.href({...})}>`; a plain click on it stays in the page.
 * - What can be selected is a `<Pick ui={ui} sel={...}>`, or calls `ui.select(sel)`; selections are made by select.ts.
 *   The inspector shows it by the view's Detail.tsx (table: shell/details.ts).
 * - Keys and palette entries: `useCommands(ui, [...])` (commands.ts). Lists take j, k and so on by `useList` (list.ts).
 * - Each panel is a `<Panel>` (it must say what it is when empty) inside a `<Guard>`, so that one that fails leaves the
 *   others. At most 2,500 elements; two-line rows where `ui.narrow`.
 */
export interface View {
  /** In the URL: `/?view=<id>`, or `<id>.<tab>`. */
  readonly id: string;
  readonly title: string;
  /** Opens it after a `g`. */
  readonly key: string;
  /** Its place among the tabs of a phone; those without are under More. */
  readonly tab?: number;
  /** Whether it shows only what the query `q` of the URL finds. */
  readonly queries?: true;
  readonly load: () => Promise<ComponentType<{ ui: Ui }>>;
}

export const VIEWS: readonly View[] = [
  {
    id: "overview",
    title: "Overview",
    key: "o",
    tab: 1,
    load: () => import("./views/overview/Overview").then(({ Overview }) => Overview),
  },
  {
    id: "agents",
    title: "Agents",
    key: "a",
    tab: 2,
    load: () => import("./views/agents/Agents").then(({ Agents }) => Agents),
  },
  {
    id: "sessions",
    title: "Sessions",
    key: "s",
    tab: 3,
    load: () => import("./views/sessions/Sessions").then(({ Sessions }) => Sessions),
  },
  {
    id: "files",
    title: "Files",
    key: "f",
    tab: 4,
    load: () => import("./views/files/Files").then(({ Files }) => Files),
  },
  {
    id: "events",
    title: "Events",
    key: "e",
    tab: 5,
    queries: true,
    load: () => import("./views/events/Events").then(({ Events }) => Events),
  },
  {
    id: "performance",
    title: "Performance",
    key: "p",
    load: () => import("./views/performance/Performance").then(({ Performance }) => Performance),
  },
  {
    id: "system",
    title: "System",
    key: "y",
    load: () => import("./views/system/System").then(({ System }) => System),
  },
];

const [FIRST] = VIEWS as readonly [View, ...View[]];

/** The first one where there is none of that name. */
export function viewNamed(id: string): View {
  return VIEWS.find((view) => view.id === id) ?? FIRST;
}
