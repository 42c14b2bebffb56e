import { type ReadonlySignal, signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

/** What the API said; `value` stays while a newer one is asked for or cannot be had. */
export interface Answer<T> {
  readonly value: T | null;
  /** Why the last question was not answered, in one sentence; "" where it was. */
  readonly error: string;
  readonly retry: () => void;
}

interface Problem {
  detail?: string;
  /** Of a query, which part of it is refused. */
  start?: number;
  end?: number;
}

/** A refusal or failure, in the words of the server where it has some. */
export class Unanswered extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly problem: Problem = {},
  ) {
    super(message);
  }
}

/** Raises Unanswered, with status 0 where nobody answered. */
export async function ask(path: string, request: RequestInit = {}): Promise<Response> {
  const response = await fetch(path, request).catch(() => null);
  if (!response) throw new Unanswered("Lookout does not answer.", 0);
  if (response.ok) return response;
  const problem: Problem = await response.json().catch(() => ({}));
  throw new Unanswered(problem.detail ?? `${path} answered ${response.status}.`, response.status, problem);
}

const ALWAYS = signal(true);

/** Asks for JSON now and then every so many seconds while the page is seen; `when` says whether to ask at all. */
export function useAnswer<T>(path: string, seconds: number, when: ReadonlySignal<boolean> = ALWAYS): Answer<T> {
  const value = useSignal<T | null>(null);
  const error = useSignal("");
  const attempt = useSignal(0);
  const asking = when.value;
  useEffect(() => {
    if (!asking) return undefined;
    const stop = new AbortController();
    const once = () => {
      if (document.hidden) return;
      ask(path, { signal: stop.signal })
        .then((response) => response.json())
        .then((found) => {
          if (stop.signal.aborted) return;
          value.value = found;
          error.value = "";
        })
        .catch((reason: Error) => {
          if (!stop.signal.aborted) error.value = reason.message;
        });
    };
    once();
    const timer = setInterval(once, seconds * 1000);
    return () => {
      stop.abort();
      clearInterval(timer);
    };
  }, [path, seconds, asking, attempt.value, value, error]);
  return {
    value: value.value,
    error: error.value,
    retry: () => {
      attempt.value += 1;
    },
  };
}
