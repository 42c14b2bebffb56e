import type { ComponentChildren } from "preact";
import { useUnique } from "../unique";

interface Props {
  name: string;
  title: string;
  note?: ComponentChildren;
  children: ComponentChildren;
}

export function Panel({ name, title, note, children }: Props) {
  const heading = useUnique();
  return (
    <section class={`panel ${name}`} aria-labelledby={heading}>
      <header class="panel-head">
        <h2 id={heading}>{title}</h2>
        <span class="note">{note}</span>
      </header>
      {children}
    </section>
  );
}

/** The scrolling inside of a panel; a keyboard must be able to reach it. */
export function Scroller({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <section class="scroller" tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}

export function Empty({ children }: { children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}
