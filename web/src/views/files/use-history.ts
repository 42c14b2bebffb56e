import { useRef } from "preact/hooks";
import { type Answer, useAnswer } from "../../answer";
import type { EventFrame } from "../../protocol";
import { written } from "../../query/edit";
import type { Ui } from "../../ui";

/** Newest first. */
export interface Page {
  readonly events: readonly EventFrame[];
}

const SECONDS = 15;
const PATIENCE = 1000;

/** The newest operations on a file, up to what the state knows of it. */
export function useHistory(ui: Ui, project: string, path: string, seq: number, limit: number): Answer<Page> {
  const upTo = useAtMostOnceASecond(seq, ui.shown.now.value);
  const q = historyQuery(project, path);
  const search = new URLSearchParams({ q, before: String(upTo + 1), limit: String(limit) });
  return useAnswer<Page>(`/events?${search}`, SECONDS);
}

export function historyQuery(project: string, path: string): string {
  return `type:file_operation file:${written(path)} project:${written(project)}`;
}

/** The value as it was when it was last let through. */
function useAtMostOnceASecond(value: number, now: number): number {
  const shown = useRef({ value, at: now });
  if (value !== shown.current.value && now - shown.current.at >= PATIENCE) shown.current = { value, at: now };
  return shown.current.value;
}
