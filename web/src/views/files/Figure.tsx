import type { ComponentChildren } from "preact";
import { compact, count } from "../../text";

/** 0 is not worth the eye. */
export function figure(value = 0): ComponentChildren {
  return value === 0 ? <span class="muted">–</span> : <span title={count(value)}>{compact(value)}</span>;
}
