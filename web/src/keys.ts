import type { Command, Commands } from "./commands";

/** What of a KeyboardEvent tells which key it is. */
export interface Pressed {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

const MODIFIERS = new Set(["Shift", "Control", "Meta", "Alt", "AltGraph", "CapsLock", "Dead", "Unidentified"]);

/**
 * `a`, `?`, `Shift+d`, `Mod+k` (Ctrl or Cmd), `Escape`, `Space`; "" where it is none that can be bound. Shift is
 * named with letters and with keys that print nothing: `?` says it by itself, on whatever keyboard.
 */
export function nameOf({ key, shiftKey, ctrlKey, metaKey, altKey }: Pressed): string {
  if (MODIFIERS.has(key) || altKey) return "";
  const name = key === " " ? "Space" : key.length === 1 ? key.toLowerCase() : key;
  const shift = shiftKey && (key.length > 1 || key === " " || name !== key.toUpperCase()) ? "Shift+" : "";
  return `${ctrlKey || metaKey ? "Mod+" : ""}${shift}${name}`;
}

/** Whether they print something, so that they must be possible to switch off (WCAG 2.1.4). */
export function isPlain(keys: string): boolean {
  return keys.split(" ").every((each) => /^(?:Shift\+)?(?:.|Space)$/u.test(each));
}

const PATIENCE = 1500;

/** Reads keys as commands, one after the other for such as `g o`. Times in milliseconds. */
export class Keyboard {
  #before = "";
  #until = 0;

  constructor(readonly commands: Commands) {}

  /** The command that this key completes; "more" where further ones are waited for. */
  press(name: string, now: number, plainKeys: boolean): Command | "more" | null {
    const before = now < this.#until ? this.#before : "";
    this.#until = 0;
    if (name === "") return null;
    const keys = before ? `${before} ${name}` : name;
    if (!plainKeys && isPlain(keys)) return null;
    const command = this.commands.byKeys(keys);
    if (command) return command;
    if (this.commands.begins(keys)) {
      this.#before = keys;
      this.#until = now + PATIENCE;
      return "more";
    }
    return before ? this.press(name, now, plainKeys) : null;
  }
}

const FIELDS = "input, textarea, select, [contenteditable]:not([contenteditable=false])";
const PRESSED_BY_SPACE = "button, a, summary, [role=button], [role=option], [role=tab]";
const TAKEN = new Set(["Space", "Enter"]);

/** Listens on the document. In a field only Escape and keys with Ctrl or Cmd are commands; an open dialog has its own. */
export function listen(root: Document, keyboard: Keyboard, plainKeys: () => boolean): void {
  root.addEventListener("keydown", (event) => {
    const name = nameOf(event);
    if (event.defaultPrevented || !isFree(event.target, name)) return;
    if (root.querySelector("dialog[open]") && !name.startsWith("Mod+")) return;
    const command = keyboard.press(name, event.timeStamp, plainKeys());
    if (!command) return;
    event.preventDefault();
    if (command !== "more") command.run();
  });
}

function isFree(target: EventTarget | null, name: string): boolean {
  // The focus may be in a dialog for a moment after that was closed.
  if (!(target instanceof Element) || target.closest("dialog:not([open])")) return true;
  if (target.closest(FIELDS)) return name === "Escape" || name.startsWith("Mod+");
  return !(TAKEN.has(name) && target.closest(PRESSED_BY_SPACE));
}
