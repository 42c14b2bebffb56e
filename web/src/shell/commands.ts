import { effect } from "@preact/signals";
import type { Command } from "../commands";
import type { Ui } from "../ui";
import { VIEWS } from "../views";
import { utc } from "../zone";

/** What can be done wherever one is. */
export function shellCommands(ui: Ui): Command[] {
  return [...views(ui), ...tools(ui), ...live(ui), ...selection(ui)];
}

function views({ address }: Ui): Command[] {
  return VIEWS.map(({ id, title, key }) => ({
    id: `view.${id}`,
    title: `Go to ${title}`,
    keys: [`g ${key}`],
    scope: "Anywhere",
    run: () => address.go({ view: id, sel: null }),
  }));
}

function tools(ui: Ui): Command[] {
  const { layer } = ui;
  const open = (name: NonNullable<typeof layer.value>) => () => {
    layer.value = name;
  };
  return [
    { id: "help", title: "Show the keys of this view", keys: ["?"], scope: "Anywhere", run: open("help") },
    { id: "palette", title: "Search commands", keys: ["Mod+k"], scope: "Anywhere", run: open("palette") },
    { id: "query", title: "Filter", keys: ["/"], scope: "Anywhere", when: () => queryField() !== null, run: toQuery },
    { id: "link.copy", title: "Copy the link to this", keys: ["y"], scope: "Anywhere", run: () => copyLink(ui) },
    { id: "theme", title: "Dark or light", keys: ["Shift+d"], scope: "Anywhere", run: () => turnTheme(ui) },
    { id: "utc", title: "Times in UTC or of this computer", keys: ["u"], scope: "Anywhere", run: () => turnZone(ui) },
    {
      id: "range",
      title: "Choose the time",
      keys: ["t"],
      scope: "Anywhere",
      when: () => range() !== null,
      run: toRange,
    },
    { id: "settings", title: "Settings", keys: [","], scope: "Anywhere", run: open("settings") },
  ];
}

function live({ paused, say }: Ui): Command[] {
  const pause = (stop: boolean) => {
    paused.value = stop;
    say(stop ? "Paused" : "Live");
  };
  return [
    { id: "live.pause", title: "Pause or go on", keys: ["Space"], scope: "Live", run: () => pause(!paused.peek()) },
    { id: "live.go", title: "Go live", keys: ["l"], scope: "Live", run: () => pause(false) },
  ];
}

function selection(ui: Ui): Command[] {
  const inspector = () => document.getElementById("inspector");
  return [
    {
      id: "inspector",
      title: "Go to the inspector",
      keys: ["i"],
      scope: "Anywhere",
      when: () => inspector() !== null,
      run: () => inspector()?.focus(),
    },
    { id: "close", title: "Close what is on top", keys: ["Escape"], scope: "Anywhere", run: () => closeTop(ui) },
  ];
}

/** Escape in a field leaves the field; elsewhere it closes the inspector. Dialogs close themselves. */
function closeTop(ui: Ui): void {
  const focused = document.activeElement;
  if (focused instanceof HTMLElement && focused.matches("input, textarea, select")) focused.blur();
  else if (ui.address.place.peek().has("sel")) closeInspector(ui);
}

/** Gives the focus back to what the inspector was about, where that is still there. */
export function closeInspector(ui: Ui): void {
  const within = document.activeElement?.closest("#inspector");
  const picked = document.querySelector<HTMLElement>(".main [aria-current=true]");
  ui.select(null);
  if (within) (picked ?? document.getElementById("main"))?.focus();
}

function queryField(): HTMLElement | null {
  return document.querySelector<HTMLElement>(".query-slot :is(input, textarea, [contenteditable])");
}

function toQuery(): void {
  queryField()?.focus();
}

function range(): HTMLElement | null {
  return document.querySelector<HTMLElement>(".main [data-range]");
}

function toRange(): void {
  range()?.focus();
}

export function copyLink({ say }: Pick<Ui, "say">): void {
  navigator.clipboard.writeText(location.href).then(
    () => say("Link copied"),
    () => say("The link could not be copied: the browser does not allow it"),
  );
}

/** The other look; where that is the system's own, the system decides again. */
export function turnTheme({ settings, dark }: Pick<Ui, "settings" | "dark">): void {
  const wanted = dark.peek() ? "light" : "dark";
  settings.theme.value = "system";
  if ((wanted === "dark") !== dark.peek()) settings.theme.value = wanted;
}

/** A link says so too: who opens it reads the same times. */
export function turnZone({ address, settings, say }: Pick<Ui, "address" | "settings" | "say">): void {
  const zone = utc.peek() ? "local" : "utc";
  settings.zone.value = zone;
  address.adjust({ tz: zone === "utc" ? "utc" : null });
  say(zone === "utc" ? "Times are UTC" : "Times are those of this computer");
}

/** Does what `?cmd=` says, once, and takes it out of the URL. Commands of a view are there when the view is. */
export function runLinked({ address, commands }: Ui): void {
  effect(() => {
    const id = address.place.value.get("cmd");
    if (id === undefined) return;
    const command = commands.all.value.find((each) => each.id === id);
    if (!command) return;
    address.adjust({ cmd: null });
    // Not within the effect, which would take whatever the command reads for a reason to run again.
    queueMicrotask(command.run);
  });
}
