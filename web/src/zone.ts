import { signal } from "@preact/signals";

/** Whether times are shown in UTC, and not as the clock on the reader's wall has them. */
export const utc = signal(false);

/** Minutes from the time that is shown to UTC. */
export function offsetAt(time: number): number {
  return utc.value ? 0 : new Date(time).getTimezoneOffset();
}

/** A date whose UTC parts are those to show. */
export function shownDate(time: number): Date {
  return new Date(time - offsetAt(time) * 60_000);
}

/** `[21, 28, 5]`, to show. */
export function timeParts(time: number): readonly [hours: number, minutes: number, seconds: number] {
  const at = shownDate(time);
  return [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()];
}

/** `21:28:05` */
export function joinedTime(parts: readonly number[]): string {
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}
