import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { type Answer, ask } from "../../answer";

/** Recorded events do not change, so the last few that were opened are kept. */
const KEPT = 20;
const opened = new Map<string, string>();

async function fetchWhole(seq: string): Promise<string> {
  const known = opened.get(seq);
  if (known !== undefined) return known;
  const text = await (await ask(`/events/${encodeURIComponent(seq)}`)).text();
  for (const oldest of [...opened.keys()].slice(0, Math.max(0, opened.size - KEPT + 1))) opened.delete(oldest);
  opened.set(seq, text);
  return text;
}

/** An event as it was recorded, in JSON. */
export function useWhole(seq: string): Answer<string> {
  const value = useSignal<string | null>(opened.get(seq) ?? null);
  const error = useSignal("");
  const attempt = useSignal(0);
  useEffect(() => {
    let wanted = true;
    fetchWhole(seq).then(
      (text) => {
        if (wanted) value.value = text;
      },
      (reason: Error) => {
        if (wanted) error.value = reason.message;
      },
    );
    return () => {
      wanted = false;
    };
  }, [seq, attempt.value, value, error]);
  const retry = () => {
    error.value = "";
    attempt.value += 1;
  };
  return { value: value.value, error: error.value, retry };
}
