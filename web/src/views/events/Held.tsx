import { count } from "../../text";
import { Icon } from "../icons";
import type { Tail } from "../tail";

/** Says that a list does not follow, and lets it follow again. */
export function Held<T>({ tail }: { tail: Tail<T> }) {
  if (tail.follows) return null;
  return (
    <button type="button" class="unseen-rows" onClick={tail.follow}>
      <Icon shape="down" /> {count(tail.unseen)} new
    </button>
  );
}
