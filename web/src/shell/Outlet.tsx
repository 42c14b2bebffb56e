import { useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Ui } from "../ui";
import { viewAndTab } from "../url";
import { viewNamed } from "../views";
import { Failure, Guard, Skeleton } from "../views/Guard";

/** The view that the URL names. */
export function Outlet({ ui }: { ui: Ui }) {
  const [id] = viewAndTab(ui.address.place.value);
  const view = viewNamed(id);
  return (
    <Guard what={view.title} key={view.id}>
      <Loaded what={view.title} load={view.load}>
        {(Content) => (
          <div class={`view view-${view.id}`}>
            <Content ui={ui} />
          </div>
        )}
      </Loaded>
    </Guard>
  );
}

/** Whoever changes the view is led to its heading, where a screen reader begins to read. */
export function Heading({ ui }: { ui: Ui }) {
  const [id] = viewAndTab(ui.address.place.value);
  const { title } = viewNamed(id);
  const heading = useRef<HTMLHeadingElement>(null);
  const shown = useRef(title);
  useEffect(() => {
    if (shown.current === title) return;
    shown.current = title;
    // Whoever types a query is led to the events, and types on.
    if (!document.activeElement?.closest(".query-slot")) heading.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [title]);
  return (
    <h1 class="unseen" tabIndex={-1} ref={heading}>
      {title}
    </h1>
  );
}

interface Loading<Props> {
  what: string;
  load: () => Promise<ComponentType<Props>>;
  children: (content: ComponentType<Props>) => preact.ComponentChildren;
}

const LOADED = new Map<unknown, unknown>();

/** What is in a file of its own; once it is there, it is there at once. */
export function Loaded<Props>({ what, load, children }: Loading<Props>) {
  const content = useSignal<ComponentType<Props> | null>((LOADED.get(load) as ComponentType<Props>) ?? null);
  const failed = useSignal(false);
  useEffect(() => {
    load().then(
      (loaded) => {
        LOADED.set(load, loaded);
        content.value = loaded;
      },
      () => {
        failed.value = true;
      },
    );
  }, [load, content, failed]);
  // A browser does not fetch again what it once could not.
  const reload = () => location.reload();
  const why = "Its part of the page could not be loaded; Lookout may have been updated.";
  if (failed.value) return <Failure what={what} why={why} retry={reload} word="Reload the page" />;
  return content.value ? children(content.value) : <Skeleton />;
}
