import { computed, type ReadonlySignal, signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { isPlain } from "./keys";

/** Where its keys work, and below which heading the help shows them. */
export type Scope = "Anywhere" | "Live" | "List" | "Event" | "Canvas" | "Time";

/** Something that the reader can have done, by its keys, by the palette, or by a link: `/?cmd=<id>`. */
export interface Command {
  /** Stands in links, and so never changes. */
  readonly id: string;
  readonly title: string;
  /** As keys.ts names them: `g o`, `?`, `Shift+d`, `Mod+k`, `Escape`; several where each of them does. */
  readonly keys?: readonly string[];
  readonly scope: Scope;
  /** Where it says no, the keys are left to what else they do. */
  readonly when?: () => boolean;
  readonly run: () => void;
}

/** What can be done now: what always can, and what the view that is open adds. */
export class Commands {
  readonly #groups = signal<readonly (readonly Command[])[]>([]);
  readonly all: ReadonlySignal<readonly Command[]> = computed(() => this.#groups.value.flat());

  /** Returns what takes them away again. */
  add(commands: readonly Command[]): () => void {
    this.#groups.value = [...this.#groups.peek(), commands];
    return () => {
      this.#groups.value = this.#groups.peek().filter((each) => each !== commands);
    };
  }

  named(id: string): Command | undefined {
    return this.all.peek().find((command) => command.id === id);
  }

  /** Of several the one that was added last: what is open goes before what always is. */
  byKeys(keys: string): Command | undefined {
    return this.all.peek().findLast(({ keys: own = [], when }) => own.includes(keys) && (when?.() ?? true));
  }

  /** Whether more keys may follow these. */
  begins(keys: string): boolean {
    return this.all.peek().some(({ keys: own = [] }) => own.some((each) => each.startsWith(`${keys} `)));
  }
}

/** Adds commands while a component is there. They may close over what it shows: what the newest ones do counts. */
export function useCommands({ commands }: { commands: Commands }, own: readonly Command[]): void {
  const newest = useRef(own);
  newest.current = own;
  useEffect(
    () =>
      commands.add(
        newest.current.map((command, index) => ({
          ...command,
          when: () => newest.current[index]?.when?.() ?? true,
          run: () => newest.current[index]?.run(),
        })),
      ),
    [commands, own.map(({ id, title }) => `${id} ${title}`).join()],
  );
}

/** The keys to show for a command where single letters may be switched off. */
export function keysShown({ keys = [] }: Command, plainKeys: boolean): readonly string[] {
  return keys.filter((each) => plainKeys || !isPlain(each));
}
