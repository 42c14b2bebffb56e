import type { ComponentType } from "preact";
import type { Kind } from "../select";
import { plain, shortId } from "../text";
import type { Ui } from "../ui";

/** What the inspector says of a selection is given its id (select.ts), and takes all else from `ui.shown` or the API. */
export type Detail = ComponentType<{ ui: Ui; id: string }>;

interface DetailOf {
  /** Known before anything else is. */
  readonly title: (id: string) => string;
  readonly load: () => Promise<Detail>;
}

/** Without its project. */
function keyIn(id: string): string {
  return id.slice(id.indexOf("/") + 1);
}

/** By what is selected. */
export const DETAILS: { readonly [kind in Kind]: DetailOf } = {
  evt: {
    title: (id) => `Event #${plain(id)}`,
    load: () => import("../views/events/Detail").then(({ EventDetail }) => EventDetail),
  },
  agent: {
    title: () => "Agent",
    load: () => import("../views/agents/Detail").then(({ AgentDetail }) => AgentDetail),
  },
  session: {
    title: (id) => `Session ${shortId(plain(keyIn(id)))}`,
    load: () => import("../views/sessions/Detail").then(({ SessionDetail }) => SessionDetail),
  },
  file: {
    title: () => "File",
    load: () => import("../views/files/Detail").then(({ FileDetail }) => FileDetail),
  },
};
