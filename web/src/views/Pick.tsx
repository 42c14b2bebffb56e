import type { ComponentChildren } from "preact";
import type { Ui } from "../ui";

interface Props {
  ui: Ui;
  /** Made by select.ts. */
  sel: string;
  children: ComponentChildren;
}

/** Something that the inspector can show. */
export function Pick({ ui, sel, children }: Props) {
  const picked = ui.address.place.value.get("sel") === sel;
  return (
    <a class="pick" href={ui.address.href({ sel })} aria-current={picked ? "true" : undefined}>
      {children}
    </a>
  );
}
