import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Layer, Ui } from "../ui";
import { useUnique } from "../unique";
import { Sign } from "./signs";

interface Props {
  ui: Ui;
  layer: Layer;
  title: string;
  children: ComponentChildren;
}

/** The browser keeps the focus in it, closes it on Escape and gives the focus back. */
export function Dialog({ ui, layer, title, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useUnique();
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    element?.querySelector<HTMLElement>("[role=combobox]")?.focus();
    return () => element?.close();
  }, []);
  // Another may have been opened from it, and its own end is told a little later.
  const closed = () => {
    if (ui.layer.peek() === layer) ui.layer.value = null;
  };
  const beside = (press: PointerEvent) => {
    if (press.target === dialog.current) closed();
  };
  return (
    <dialog class={`dialog ${layer}`} ref={dialog} aria-labelledby={heading} onClose={closed} onPointerDown={beside}>
      <div class="dialog-inside">
        <header class="dialog-head">
          <h2 id={heading}>{title}</h2>
          <button type="button" class="button plain" aria-label="Close" onClick={closed}>
            <Sign name="close" />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
