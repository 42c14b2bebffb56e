import { knownOf } from "../query/known";
import { QueryBar } from "../query/QueryBar";
import type { Ui } from "../ui";
import { viewAndTab } from "../url";
import { viewNamed } from "../views";

/** The filter of the URL. Where a view has no use for it, the events that it finds are shown. */
export function Query({ ui }: { ui: Ui }) {
  const { address } = ui;
  const change = (text: string, settled: boolean) => {
    const q = text === "" ? null : text;
    const [view] = viewAndTab(address.place.peek());
    if (!viewNamed(view).queries && q !== null) address.go({ view: "events", q });
    else if (settled) address.go({ q });
    else address.adjust({ q });
  };
  const text = address.place.value.get("q") ?? "";
  const again = () => {
    ui.refused.value = new Map([...ui.refused.peek()].filter(([each]) => each !== text));
  };
  return (
    <QueryBar
      text={text}
      refused={ui.refused.value.get(text)}
      again={again}
      known={() => knownOf(ui.shown.state.peek())}
      change={change}
    />
  );
}
