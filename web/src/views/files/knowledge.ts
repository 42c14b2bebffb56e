import type { EventFrame } from "../../protocol";

/** An operation on a file. `agent` is the key of who it was; times in milliseconds. */
export interface Act {
  readonly seq: number;
  readonly time: number;
  readonly agent: string;
  readonly name: string;
  readonly operation: string;
  readonly size: number;
  readonly added: number;
  readonly removed: number;
}

/**
 * What who changes a file had seen of it: that it was as `fresh` as that, that somebody else had changed it since
 * (`stale`), or that it had not seen it at all (`unread`). null where that is not known, and of what only reads.
 */
export type Sight = { readonly kind: "fresh" | "stale"; readonly before: Act } | { readonly kind: "unread" } | null;

export interface Told extends Act {
  readonly sight: Sight;
}

/** Of the frames that are about this file, oldest first. */
export function actsOf(frames: readonly EventFrame[], project: string, path: string): Act[] {
  const acts = frames.flatMap((frame) => {
    const { data } = frame;
    if (frame.event !== "file_operation" || !data || data.file !== path || frame.project !== project) return [];
    return [
      {
        seq: frame.seq,
        time: Date.parse(frame.stored ?? frame.time ?? ""),
        agent: `${frame.session ?? ""}/${data.agent_id ?? "main"}`,
        name: frame.agent ?? "",
        operation: String(data.operation ?? ""),
        size: Number(data.size ?? 0),
        added: Number(data.lines_added ?? 0),
        removed: Number(data.lines_removed ?? 0),
      },
    ];
  });
  return acts.sort((one, other) => one.seq - other.seq);
}

/** `whole`: whether the acts are all that there were, so that who is not among them has not read the file. */
export function told(acts: readonly Act[], whole: boolean): Told[] {
  const seen = new Map<string, Act>();
  let changed: Act | null = null;
  return acts.map((act, index) => {
    const before = seen.get(act.agent);
    seen.set(act.agent, act);
    if (act.operation === "read") return { ...act, sight: null };
    const last: Act | null = changed;
    changed = act;
    if (!before) return { ...act, sight: whole && index > 0 ? { kind: "unread" } : null };
    if (last && last.agent !== act.agent && last.seq > before.seq)
      return { ...act, sight: { kind: "stale", before: last } };
    return { ...act, sight: { kind: "fresh", before } };
  });
}
