import type { Json } from "./patch";

/** A place in the log: everything up to `seq` of the log `epoch` is known. */
export interface Position {
  epoch: string;
  seq: number;
}

export type Fields = { readonly [key: string]: Json };

/** An event as it is relayed. `data` may be shortened, and `stored`, `session` or `agent` may be missing. */
export interface EventFrame {
  event: string;
  seq: number;
  stored?: string;
  time?: string;
  project?: string;
  session?: string;
  agent?: string;
  data?: Fields;
}

export interface Hello {
  event: "hello";
  data: Position;
}

/** `recovered` is false where the events after the position asked for are no longer all there. */
export interface Subscribed {
  event: "subscribed";
  data: { recovered: boolean; from?: number; to?: number };
}

export interface StateFrame {
  event: "state";
  data: Position & { state: Json };
}

export interface StatePatch {
  event: "state_patch";
  data: Position & { from: number; patch: Json };
}

export interface Batch {
  event: "batch";
  seq: number;
  data: EventFrame[];
}

export interface Ping {
  event: "ping";
  seq: number;
}

export interface Failure {
  event: "error";
  data: { message?: string; retry_after_ms?: number };
}

export type ControlFrame = Hello | Subscribed | StateFrame | StatePatch | Batch | Ping | Failure;
export type Frame = ControlFrame | EventFrame;

const CONTROL = new Set(["hello", "subscribed", "state", "state_patch", "batch", "ping", "error"]);

/** No event can have the name of a control frame, so the name tells them apart. */
export function isControl(frame: Frame): frame is ControlFrame {
  return CONTROL.has(frame.event);
}
