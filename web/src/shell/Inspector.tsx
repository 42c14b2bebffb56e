import { type Selection, selectionOf } from "../select";
import type { Ui } from "../ui";
import { Guard, Skeleton } from "../views/Guard";
import { closeInspector, copyLink } from "./commands";
import { DETAILS } from "./details";
import { Loaded } from "./Outlet";
import { Sign } from "./signs";

/** Beside the view, or over it where there is no room: what is selected. It never takes the focus by itself. */
export function Inspector({ ui }: { ui: Ui }) {
  const selection = selectionOf(ui.address.place.value);
  return selection && <Selected ui={ui} selection={selection} />;
}

function Selected({ ui, selection: { kind, id } }: { ui: Ui; selection: Selection }) {
  const { title, load } = DETAILS[kind];
  // Of the other kinds nothing can be said, not even that it is gone, before there is a state.
  const known = kind === "evt" || ui.shown.state.value !== null;
  return (
    <aside class="inspector" id="inspector" aria-label="Inspector" tabIndex={-1}>
      <header class="inspector-head">
        <h2>{title(id)}</h2>
        <button type="button" class="button plain" aria-label="Copy the link to this" onClick={() => copyLink(ui)}>
          <Sign name="link" />
        </button>
        <button type="button" class="button plain" aria-label="Close the inspector" onClick={() => closeInspector(ui)}>
          <Sign name="close" />
        </button>
      </header>
      <div class="inspector-body">
        <Guard what={title(id)} key={`${kind}:${id}`}>
          <Loaded what={title(id)} load={load}>
            {(Content) => (known ? <Content ui={ui} id={id} /> : <Skeleton />)}
          </Loaded>
        </Guard>
      </div>
    </aside>
  );
}
