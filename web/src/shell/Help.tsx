import { type Command, keysShown } from "../commands";
import type { Ui } from "../ui";
import { Dialog } from "./Dialog";
import { Keys } from "./Keys";

/** The keys that do something now, by where they do it. */
export function Help({ ui }: { ui: Ui }) {
  const plain = ui.settings.plainKeys.value === "on";
  const commands = ui.commands.all.value.filter((each) => keysShown(each, plain).length > 0 && (each.when?.() ?? true));
  const scopes = [...new Set(commands.map(({ scope }) => scope))];
  return (
    <Dialog ui={ui} layer="help" title="Keys of this view">
      {!plain && <p class="muted">Single letters are switched off in the settings.</p>}
      <div class="scopes">
        {scopes.map((scope) => (
          <section key={scope}>
            <h3>{scope}</h3>
            <dl>
              {commands
                .filter((command) => command.scope === scope)
                .map((command) => (
                  <Line key={command.id} command={command} keys={keysShown(command, plain)} />
                ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}

function Line({ command, keys }: { command: Command; keys: readonly string[] }) {
  return (
    <div>
      <dt>
        {keys.map((each) => (
          <Keys key={each} keys={each} />
        ))}
      </dt>
      <dd>{command.title}</dd>
    </div>
  );
}
