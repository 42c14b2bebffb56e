import "../../styles/charts.css";
import "./tokens.css";
import type { Spent } from "../../contract";
import { count } from "../../text";
import { KIND_WORDS, partsOf } from "./spent";

/** Tokens by kind as parts of a whole; what it says is beside it. */
export function TokenBar({ spent }: { spent: Spent | undefined }) {
  return (
    <span class="token-bar" aria-hidden="true">
      {partsOf(spent).map(({ kind, tokens }) => (
        <span key={kind} class={`token-part ${kind}`} style={{ flexGrow: tokens }} />
      ))}
    </span>
  );
}

/** The kinds with their colours, exact numbers and shares. */
export function TokenTable({ spent }: { spent: Spent | undefined }) {
  return (
    <table class="table token-table">
      <thead>
        <tr>
          <th scope="col">Kind</th>
          <th scope="col" class="number">
            Tokens
          </th>
          <th scope="col" class="number">
            Share
          </th>
        </tr>
      </thead>
      <tbody>
        {partsOf(spent).map(({ kind, tokens, percent }) => (
          <tr key={kind}>
            <th scope="row">
              <i class={`token-key ${kind}`} aria-hidden="true" />
              {KIND_WORDS[kind]}
            </th>
            <td class="number">{count(tokens)}</td>
            <td class="number">{percent.toFixed(1)} %</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
