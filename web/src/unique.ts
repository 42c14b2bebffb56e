import { useState } from "preact/hooks";

let given = 0;

/** An id that no other element of the page has; those of preact's own `useId` repeat in parts that are loaded later. */
export function useUnique(): string {
  const [id] = useState(() => `u${given++}`);
  return id;
}
