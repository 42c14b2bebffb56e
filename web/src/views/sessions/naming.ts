import type { Session } from "../../state";
import { plain, shortId } from "../../text";

/** What a session is called: its title, or else its folder and enough of its id. */
export function sessionName({ title = "", cwd = "" }: Session, id: string): string {
  const folder = plain(cwd)
    .split("/")
    .findLast((part) => part !== "");
  return plain(title) || [folder, shortId(plain(id))].filter(Boolean).join(" · ");
}
