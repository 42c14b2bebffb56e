import type { ComponentType } from "preact";
import type { Ui } from "../../ui";
import { viewAndTab } from "../../url";
import { Guard } from "../Guard";
import { AgentsPanel } from "./AgentsPanel";
import { GraphPanel } from "./GraphPanel";
import { LanesPanel } from "./LanesPanel";
import "./agents.css";

interface Tab {
  readonly id: string;
  readonly title: string;
  readonly Content: ComponentType<{ ui: Ui }>;
}

const LANES: Tab = { id: "lanes", title: "Lanes", Content: LanesPanel };
const TABS: readonly Tab[] = [
  LANES,
  { id: "graph", title: "Graph", Content: GraphPanel },
  { id: "table", title: "Table", Content: AgentsPanel },
];

export function Agents({ ui }: { ui: Ui }) {
  const [, named] = viewAndTab(ui.address.place.value);
  const { id, title, Content } = TABS.find((tab) => tab.id === named) ?? LANES;
  return (
    <>
      <nav class="views" aria-label="Agents as">
        {TABS.map((tab) => (
          <a
            key={tab.id}
            class="view-tab"
            href={ui.address.href({ view: `agents.${tab.id}` })}
            aria-current={tab.id === id ? "page" : undefined}
          >
            {tab.title}
          </a>
        ))}
      </nav>
      <Guard what={`The agents as ${title.toLowerCase()}`} key={id}>
        <Content ui={ui} />
      </Guard>
    </>
  );
}
