import "./events.css";
import { useMemo, useRef } from "preact/hooks";
import { useCommands } from "../../commands";
import { Chips } from "../../query/Chips";
import { termWritten, toggled } from "../../query/edit";
import { Histogram } from "../../query/Histogram";
import { type Range, writtenRange } from "../../query/range";
import type { Ui } from "../../ui";
import { changed } from "../../url";
import { Guard } from "../Guard";
import { Listed } from "./Listed";
import { type Search, searchOf } from "./search";

const ERRORS = "is:error";

/** Everything that happened, as it happened. */
export function Events({ ui }: { ui: Ui }) {
  const search = useSearch(ui);
  const { go } = ui.address;
  const ask = (text: string) => go({ q: text === "" ? null : text });
  const look = (range: Range | null) => go({ range: range ? writtenRange(range) : null });
  useCommands(ui, [
    {
      id: "events.errors",
      title: "Errors only",
      keys: ["e"],
      scope: "Live",
      run: () => ask(toggled(search.text, ERRORS)),
    },
    {
      id: "events.group",
      title: "Beginning and end of a call as one",
      scope: "Live",
      run: () => group(ui, !search.grouped),
    },
  ]);
  return (
    <>
      <Chips text={ui.address.place.value.get("q") ?? ""} change={ask} />
      <Guard what="The histogram">
        <Histogram q={search.filter} range={search.range} now={ui.shown.now} fresh={ui.shown.rows} change={look} />
      </Guard>
      <Guard what="The events">
        <Listed ui={ui} search={search} ask={ask} key={`${search.q} ${search.grouped}`}>
          <Toggle on={termWritten(search.text, ERRORS) !== undefined} flip={() => ask(toggled(search.text, ERRORS))}>
            Errors only
          </Toggle>
          <Toggle on={search.grouped} flip={() => group(ui, !search.grouped)}>
            Grouped
          </Toggle>
        </Listed>
      </Guard>
    </>
  );
}

/** The same for as long as the link says the same of it. */
function useSearch(ui: Ui): Search {
  const place = ui.address.place.value;
  const q = useTaken(ui, place.get("q") ?? "");
  const [range, project, grp] = ["range", "project", "grp"].map((key) => place.get(key) ?? "");
  return useMemo(() => searchOf(changed(place, { q })), [q, range, project, grp]);
}

/** The query of the link, or where the server refuses that, the one before. */
function useTaken({ refused }: Ui, q: string): string {
  const taken = (texts: readonly string[]) => texts.find((text) => !refused.value.has(text)) ?? "";
  const at = useRef({ q, before: "" });
  if (at.current.q !== q) at.current = { q, before: taken([at.current.q, at.current.before]) };
  return taken([q, at.current.before]);
}

function group(ui: Ui, grouped: boolean): void {
  ui.address.adjust({ grp: grouped ? null : "0" });
}

function Toggle({ on, flip, children }: { on: boolean; flip: () => void; children: string }) {
  return (
    <button type="button" class="button" aria-pressed={on} onClick={flip}>
      {children}
    </button>
  );
}
