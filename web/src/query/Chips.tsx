import { plain, shortened } from "../text";
import { chipsOf, removed } from "./edit";
import { parse } from "./parse";

const LONGEST = 60;

/** The terms of a query; one that is clicked goes away. */
export function Chips({ text, change }: { text: string; change: (text: string) => void }) {
  const { query } = parse(text);
  if (!query || query.terms.length === 0) return null;
  return (
    <ul class="chips" aria-label="Terms of the query">
      {chipsOf(text, query).map(({ term, text: written }) => (
        <li key={`${term.start} ${written}`}>
          <button
            type="button"
            class={term.not ? "chip not" : "chip"}
            aria-label={`Remove ${plain(written)}`}
            title={`Remove ${plain(written)}`}
            onClick={() => change(removed(text, term))}
          >
            {plain(shortened(written, LONGEST))}
            <svg class="chip-cross" viewBox="0 0 8 8" width="8" height="8" aria-hidden="true">
              <path d="M1 1l6 6M7 1l-6 6" fill="none" stroke="currentColor" stroke-width="1.4" />
            </svg>
          </button>
        </li>
      ))}
      {query.terms.length > 1 && (
        <li>
          <button type="button" class="chip-clear" onClick={() => change("")}>
            Clear all
          </button>
        </li>
      )}
    </ul>
  );
}
