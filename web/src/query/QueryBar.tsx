import "../styles/query.css";
import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { parse } from "./parse";
import { Suggestions, useSuggestions } from "./Suggestions";
import type { Known } from "./suggest";
import type { Fault } from "./terms";

const INPUT = "query";
const ERROR = "query-error";
const PAUSE = 300;

export interface QueryBarProps {
  /** The query that is in force; one that is wrong is shown with its fault. */
  readonly text: string;
  /** Why the server does not take it, where it does not. */
  readonly refused: Fault | undefined;
  /** Asks the server for it once more. */
  readonly again: () => void;
  /** Asked for when suggestions are wanted. */
  readonly known: () => Known;
  /**
   * Called with queries that are right alone. `step` is true for the first of what is typed in one go, and false for
   * what follows: Back leads to before it.
   */
  readonly change: (text: string, step: boolean) => void;
}

/** A query as text. A fault is underlined and said, and the last right query stays in force. */
export function QueryBar({ text, refused, again, known, change }: QueryBarProps) {
  const { draft, write, settle } = useDraft(text, change);
  const scrolled = useSignal(0);
  const input = useRef<HTMLInputElement>(null);
  const offered = useSuggestions(known, input, (next) => write(next));
  const error = parse(draft).error ?? (draft.trim() === text ? refused : undefined);

  const pressed = (press: KeyboardEvent) => {
    if (offered.pressed(press)) return;
    if (press.key === "Enter") {
      settle();
      if (error && error === refused) again();
    } else if (press.key === "Escape" && draft.trim() !== text) write(text);
    else if (press.key === "Escape") input.current?.blur();
    else return;
    press.preventDefault();
    press.stopPropagation();
  };

  return (
    <search class="query" aria-label="Events">
      <div class="query-line">
        <label class="unseen" for={INPUT}>
          Query, for example type:tool_use agent:engineer* -tool:Read dur&gt;200
        </label>
        <Echo text={draft} error={error} scrolled={scrolled.value} />
        <input
          id={INPUT}
          class="query-input"
          ref={input}
          value={draft}
          placeholder="Filter: type:tool_use agent:engineer* -tool:Read dur>200"
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          enterkeyhint="search"
          role="combobox"
          aria-autocomplete="list"
          aria-invalid={error !== undefined}
          aria-describedby={ERROR}
          aria-expanded={offered.list.length > 0}
          {...offered.attributes}
          onInput={({ currentTarget }) => {
            write(currentTarget.value);
            offered.offer(currentTarget.value, currentTarget.selectionStart ?? 0);
          }}
          onScroll={({ currentTarget }) => {
            scrolled.value = currentTarget.scrollLeft;
          }}
          onKeyDown={pressed}
          onBlur={() => {
            offered.close();
            settle();
          }}
        />
        <Suggestions offered={offered} />
      </div>
      <p class="query-error" id={ERROR} role="status">
        {error?.message}
      </p>
    </search>
  );
}

/** What is being typed: in force after a pause or once it is settled, where it is right. */
function useDraft(text: string, change: QueryBarProps["change"]) {
  const draft = useSignal(text);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const typing = useRef(false);
  const put = () => {
    clearTimeout(timer.current);
    const next = draft.peek().trim();
    if (next === text || parse(next).error) return;
    change(next, !typing.current);
    typing.current = true;
  };
  const latest = useRef(put);
  latest.current = put;
  useLayoutEffect(() => {
    // A space at the end, where the next term begins, is no part of what is in force.
    if (draft.peek().trim() !== text) draft.value = text;
    return () => clearTimeout(timer.current);
  }, [draft, text]);
  return {
    draft: draft.value,
    write(next: string) {
      draft.value = next;
      clearTimeout(timer.current);
      timer.current = setTimeout(() => latest.current(), PAUSE);
    },
    settle() {
      put();
      typing.current = false;
    },
  };
}

/** The same text behind the input, unseen but for the line below its fault. */
function Echo({ text, error, scrolled }: { text: string; error: Fault | undefined; scrolled: number }) {
  if (!error) return null;
  return (
    <div class="query-echo" aria-hidden="true">
      <span class="query-echo-text" style={{ transform: `translateX(${-scrolled}px)` }}>
        {text.slice(0, error.start)}
        <span class="query-fault">{text.slice(error.start, error.end)}</span>
      </span>
    </div>
  );
}
