import { useComputed } from "@preact/signals";
import { projectNames } from "../state";
import { plain, shortened } from "../text";
import type { Ui } from "../ui";

/** All projects or one of them. A project of the URL stands here even where nobody knows it. */
export function Projects({ ui }: { ui: Ui }) {
  const chosen = ui.address.place.value.get("project") ?? "";
  // As text, which is the same as long as the names are.
  const known = useComputed(() => {
    ui.drawn.value;
    return JSON.stringify(projectNames(ui.store.state));
  });
  const names: string[] = JSON.parse(known.value);
  if (chosen && !names.includes(chosen)) names.push(chosen);
  const choose = (name: string) => ui.address.go({ project: name || null, sel: null });
  return (
    <select class="field projects" aria-label="Project" onChange={(event) => choose(event.currentTarget.value)}>
      <option value="" selected={chosen === ""}>
        {ui.narrow.value ? "All" : "All projects"}
      </option>
      {names.map((name) => (
        <option key={name} value={name} selected={name === chosen}>
          {shortened(plain(name), 40)}
        </option>
      ))}
    </select>
  );
}
