import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Look } from "../../charts/timeline";
import type { Address, Change, Place } from "../../url";

const FIVE_MINUTES = 300_000;
const REST = 300;

/** `range` in seconds and, where it does not follow the present, `until` in milliseconds. */
export function lookOf(place: Place): Look {
  const span = Number(place.get("range")) * 1000;
  const to = Number(place.get("until"));
  return { span: span >= 1000 && span <= 86_400_000 ? span : FIVE_MINUTES, to: to > 0 && to < 8.64e15 ? to : null };
}

export function changeOf({ span, to }: Look): Change {
  const range = Math.round(span / 100) / 10;
  return { range: range === FIVE_MINUTES / 1000 ? null : `${range}`, until: to === null ? null : `${Math.round(to)}` };
}

/**
 * The part of time that is looked at. The URL learns of it a moment after the last change, because browsers refuse
 * to write so often as a wheel turns.
 */
export function useLook(address: Address): Signal<Look> {
  const look = useSignal(lookOf(address.place.peek()));
  const { place } = address;
  useEffect(() => {
    const timer = setTimeout(() => address.adjust(changeOf(look.value)), REST);
    return () => clearTimeout(timer);
  }, [address, look, look.value]);
  useEffect(
    () =>
      place.subscribe((now) => {
        const told = lookOf(now);
        const same = JSON.stringify(changeOf(told)) === JSON.stringify(changeOf(look.peek()));
        if (!same) look.value = told;
      }),
    [place, look],
  );
  return look;
}
