import { useComputed, useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { type Command, keysShown } from "../commands";
import { selOf } from "../select";
import type { Ui } from "../ui";
import { Dialog } from "./Dialog";
import { type Found, ranked, thingsIn } from "./found";
import { Keys } from "./Keys";

const SHOWN = 12;

interface Choice extends Found {
  readonly keys?: string | undefined;
}

/** Commands, and the projects, agents, sessions and files by name. */
export function Palette({ ui }: { ui: Ui }) {
  const text = useSignal("");
  const at = useSignal(0);
  const loaded = useComputed(() => {
    ui.drawn.value;
    return ui.store.state !== null;
  });
  // As things stood when it was opened: what is chosen must not move away below the finger.
  const choices = useMemo(() => choicesOf(ui), [ui, loaded.value]);
  const found = ranked(choices, text.value).slice(0, SHOWN);
  const chosen = Math.min(at.value, found.length - 1);
  const run = (choice: Choice | undefined) => {
    if (!choice) return;
    ui.layer.value = null;
    choice.run();
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === "Enter") run(found[chosen]);
    else if (event.key === "ArrowDown") at.value = (chosen + 1) % Math.max(1, found.length);
    else if (event.key === "ArrowUp") at.value = (chosen + found.length - 1) % Math.max(1, found.length);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog ui={ui} layer="palette" title="Commands">
      <input
        class="field"
        type="text"
        role="combobox"
        aria-label="Search commands, agents, sessions and files"
        aria-expanded="true"
        aria-controls="palette-found"
        aria-activedescendant={found.length > 0 ? `palette-${chosen}` : undefined}
        autocomplete="off"
        spellcheck={false}
        placeholder="Search commands, agents, sessions, files"
        value={text}
        onInput={(event) => {
          text.value = event.currentTarget.value;
          at.value = 0;
        }}
        onKeyDown={press}
      />
      <div class="found" id="palette-found" role="listbox" aria-label="Found">
        {found.map((choice, index) => (
          <Line key={choice.id} choice={choice} number={index} chosen={index === chosen} run={() => run(choice)} />
        ))}
      </div>
      {found.length === 0 && <p class="empty">Nothing is called that.</p>}
    </Dialog>
  );
}

interface LineProps {
  choice: Choice;
  number: number;
  chosen: boolean;
  run: () => void;
}

function Line({ choice, number, chosen, run }: LineProps) {
  return (
    <div class="choice" id={`palette-${number}`} role="option" aria-selected={chosen} onPointerUp={run}>
      <span class="choice-title">{choice.title}</span>
      {choice.kind !== "command" && <span class="muted">{choice.kind}</span>}
      {choice.keys && <Keys keys={choice.keys} />}
    </div>
  );
}

function choicesOf(ui: Ui): Choice[] {
  const plain = ui.settings.plainKeys.peek() === "on";
  const command = (each: Command): Choice => {
    return { id: each.id, title: each.title, kind: "command", keys: keysShown(each, plain)[0], run: each.run };
  };
  const commands = ui.commands.all.peek().filter(({ id, when }) => id !== "palette" && (when?.() ?? true));
  const steps = { select: ui.select, project: (project: string | null) => ui.address.go({ project, sel: null }) };
  const marked = ui.bookmarks.of(ui.store.epoch).map(({ seq, about }): Choice => {
    const run = () => ui.address.go({ view: "events", sel: selOf("evt", seq) });
    return { id: `bookmark:${seq}`, title: `#${seq} ${about}`, kind: "bookmark", run };
  });
  return [...commands.map(command), ...marked, ...thingsIn(ui.store.state, steps)];
}
