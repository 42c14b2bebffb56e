import { useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { plain, shortened } from "../text";
import { accepted, type Known, type Suggestion, suggest } from "./suggest";

const LIST = "query-suggestions";
const LONGEST = 80;

export interface Offered {
  readonly list: readonly Suggestion[];
  /** The place in the list of the one that Enter takes; -1 for none. */
  readonly active: number;
  readonly attributes: {
    readonly "aria-controls": string;
    readonly "aria-activedescendant"?: string;
  };
  offer(text: string, caret: number): void;
  accept(suggestion: Suggestion): void;
  close(): void;
  /** Whether the key was meant for the suggestions. */
  pressed(press: KeyboardEvent): boolean;
}

/** `write` puts a text into the input. */
export function useSuggestions(
  known: () => Known,
  input: RefObject<HTMLInputElement | null>,
  write: (text: string) => void,
): Offered {
  const list = useSignal<readonly Suggestion[]>([]);
  const active = useSignal(-1);

  const offer = (text: string, caret: number) => {
    list.value = suggest(text, caret, known());
    active.value = -1;
  };
  const close = () => {
    list.value = [];
    active.value = -1;
  };
  const accept = (suggestion: Suggestion) => {
    const element = input.current;
    if (!element) return;
    const [text, caret] = accepted(element.value, suggestion);
    // Before the next rendering, which leaves a value that is there already and with it the caret.
    element.value = text;
    element.setSelectionRange(caret, caret);
    write(text);
    if (suggestion.open) offer(text, caret);
    else close();
  };
  const move = (step: 1 | -1) => {
    const many = list.value.length + 1;
    active.value = ((active.value + 1 + step + many) % many) - 1;
  };
  const pressed = (press: KeyboardEvent): boolean => {
    const chosen = list.value[active.value];
    const opened = list.value.length > 0;
    if (press.key === "ArrowDown" && !opened && input.current) {
      offer(input.current.value, input.current.selectionStart ?? 0);
    } else if (!opened) return false;
    else if (press.key === "ArrowDown") move(1);
    else if (press.key === "ArrowUp") move(-1);
    else if (press.key === "Enter" && chosen) accept(chosen);
    else if (press.key === "Enter") {
      close();
      return false;
    } else if (press.key === "Escape") close();
    else return false;
    press.preventDefault();
    press.stopPropagation();
    return true;
  };

  const at = active.value < 0 ? {} : { "aria-activedescendant": `${LIST}-${active.value}` };
  const attributes = { "aria-controls": LIST, ...at };
  return { list: list.value, active: active.value, attributes, offer, accept, close, pressed };
}

export function Suggestions({ offered: { list, active, accept } }: { offered: Offered }) {
  return (
    <div class="suggestions" id={LIST} role="listbox" aria-label="Suggestions" hidden={list.length === 0}>
      {list.map((suggestion, index) => (
        <div
          key={suggestion.text}
          id={`${LIST}-${index}`}
          class={index === active ? "suggestion active" : "suggestion"}
          role="option"
          aria-selected={index === active}
          // Before the input loses the focus.
          onPointerDown={(press) => {
            press.preventDefault();
            accept(suggestion);
          }}
        >
          <span class="suggestion-text">{plain(shortened(suggestion.text, LONGEST))}</span>
          <span class="suggestion-hint">{suggestion.hint}</span>
        </div>
      ))}
    </div>
  );
}
