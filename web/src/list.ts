import { useEffect } from "preact/hooks";
import { type Command, useCommands } from "./commands";
import type { Ui } from "./ui";

/** Lets the keys of lists move the selection through what is listed, in its order. */
export function useList(ui: Ui, sels: readonly string[]): void {
  const selected = ui.address.place.value.get("sel");
  useCommands(ui, commandsFor(ui, sels));
  useEffect(() => {
    document.querySelector(".main [aria-current=true]")?.scrollIntoView({ block: "nearest" });
  }, [selected]);
}

function commandsFor({ address, select }: Ui, sels: readonly string[]): Command[] {
  const at = () => sels.indexOf(address.place.peek().get("sel") ?? "");
  const to = (index: number) => {
    const sel = sels[Math.max(0, Math.min(sels.length - 1, index))];
    if (sel !== undefined) select(sel);
  };
  const command = (id: string, title: string, keys: string[], run: () => void): Command => {
    return { id: `list.${id}`, title, keys, scope: "List", when: () => sels.length > 0, run };
  };
  return [
    command("next", "Next", ["j", "ArrowDown"], () => to(at() + 1)),
    command("previous", "Previous", ["k", "ArrowUp"], () => to(at() < 0 ? sels.length - 1 : at() - 1)),
    command("first", "First", ["Home"], () => to(0)),
    command("last", "Last", ["End"], () => to(sels.length - 1)),
    command("open", "Go into the inspector", ["Enter"], () => document.getElementById("inspector")?.focus()),
  ];
}
