import "./overview.css";
import { useMemo } from "preact/hooks";
import type { Ui } from "../../ui";
import { Guard } from "../Guard";
import { AgentsNow } from "./AgentsNow";
import { Attention } from "./Attention";
import { Figures } from "./Figures";
import { LastMinutes } from "./LastMinutes";
import { Notable } from "./Notable";
import { Watch } from "./watch";

/** Whether anything is wrong, and what is going on. */
export function Overview({ ui }: { ui: Ui }) {
  const project = ui.address.place.value.get("project") ?? "";
  const watch = useMemo(() => ({ of: project, watch: new Watch(ui.shown) }), [ui, project]).watch;
  return (
    <div class="overview">
      <Guard what="The figures">
        <Figures ui={ui} watch={watch} />
      </Guard>
      <Guard what="What needs attention">
        <Attention ui={ui} watch={watch} />
      </Guard>
      <Guard what="The agents">
        <AgentsNow ui={ui} />
      </Guard>
      <Guard what="The last five minutes">
        <LastMinutes ui={ui} />
      </Guard>
      <Guard what="The notable events">
        <Notable ui={ui} watch={watch} />
      </Guard>
    </div>
  );
}
