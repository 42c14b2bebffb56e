import { useComputed } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { isUsed } from "../state";
import type { Ui } from "../ui";
import { viewAndTab } from "../url";
import { viewNamed } from "../views";
import { Skeleton } from "../views/Guard";
import { Announcer } from "./Announcer";
import { FirstRun } from "./FirstRun";
import { Inspector } from "./Inspector";
import { Layers } from "./Layers";
import { Navigation } from "./Navigation";
import { Notes } from "./Notes";
import { Heading, Outlet } from "./Outlet";
import { Said } from "./Said";
import { TopBar } from "./TopBar";

export function Page({ ui }: { ui: Ui }) {
  return (
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <TopBar ui={ui} />
      <Navigation ui={ui} />
      <main class="main" id="main" tabIndex={-1}>
        <Heading ui={ui} />
        <Notes ui={ui} />
        <Content ui={ui} />
      </main>
      <Inspector ui={ui} />
      <Announcer ui={ui} />
      <Said said={ui.said} />
      <Layers ui={ui} />
      <Title ui={ui} />
    </>
  );
}

function Title({ ui }: { ui: Ui }) {
  const [id] = viewAndTab(ui.address.place.value);
  const mode = ui.link.value.kind === "refused" ? "Not connected · " : ui.paused.value ? "Paused · " : "";
  const title = `${mode}${viewNamed(id).title} · Lookout`;
  useEffect(() => {
    document.title = title;
  }, [title]);
  return null;
}

/** Views of Lookout itself have something to show before anybody has sent an event. */
const OF_ITSELF = new Set(["system"]);

function Content({ ui }: { ui: Ui }) {
  const [id] = viewAndTab(ui.address.place.value);
  const used = useComputed(() => {
    ui.drawn.value;
    const { state } = ui.store;
    return ui.store.used || isUsed(state) || (state === null ? null : false);
  });
  if (OF_ITSELF.has(id) || used.value) return <Outlet ui={ui} />;
  return used.value === null ? <Skeleton /> : <FirstRun ui={ui} origin={location.origin} />;
}
