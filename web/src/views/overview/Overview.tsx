import { countsOf } from "../../state";
import { compact, count } from "../../text";
import type { Ui } from "../../ui";
import { AgentsPanel } from "../agents/AgentsPanel";
import { EventsPanel } from "../events/EventsPanel";
import { Guard } from "../Guard";
import "./overview.css";

export function Overview({ ui }: { ui: Ui }) {
  return (
    <>
      <Guard what="The figures">
        <Figures ui={ui} />
      </Guard>
      <Guard what="The agents">
        <AgentsPanel ui={ui} title="Agents now" />
      </Guard>
      <Guard what="The events">
        <EventsPanel ui={ui} />
      </Guard>
    </>
  );
}

function Figures({ ui }: { ui: Ui }) {
  const { active, agents, sessions, events, errors, tokens, files } = countsOf(ui.shown.state.value);
  return (
    <dl class="figures">
      <Figure name="Active agents" value={`${count(active)} / ${count(agents)}`} />
      <Figure name="Sessions" value={count(sessions)} />
      <Figure name="Events" value={compact(events)} />
      <Figure name="Errors" value={compact(errors)} />
      <Figure name="Tokens" value={compact(tokens)} />
      <Figure name="Files touched" value={count(files)} />
    </dl>
  );
}

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div class="figure">
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
