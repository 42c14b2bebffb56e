import { expect, test } from "vitest";
import { type Command, Commands } from "./commands";
import { isPlain, Keyboard, nameOf } from "./keys";

function pressed(key: string, held: { shift?: boolean; ctrl?: boolean; meta?: boolean; alt?: boolean } = {}): string {
  const { shift = false, ctrl = false, meta = false, alt = false } = held;
  return nameOf({ key, shiftKey: shift, ctrlKey: ctrl, metaKey: meta, altKey: alt });
}

function keyboardFor(...all: [keys: string, when?: () => boolean][]): Keyboard {
  const commands = new Commands();
  const command = ([keys, when]: [string, (() => boolean)?]): Command => {
    return { id: keys, title: keys, keys: [keys], scope: "Anywhere", run: () => {}, ...(when && { when }) };
  };
  for (const each of all) commands.add([command(each)]);
  return new Keyboard(commands);
}

/** What each key does, as the id of a command. */
function typed(keyboard: Keyboard, keys: string[], { every = 100, plainKeys = true } = {}): (string | null)[] {
  return keys.map((key, index) => {
    const found = keyboard.press(key, index * every, plainKeys);
    return found === null || found === "more" ? found : found.id;
  });
}

test("keys have the names by which commands call them, whatever the keyboard", () => {
  expect(pressed("g")).toBe("g");
  expect(pressed("G")).toBe("g");
  expect(pressed("D", { shift: true })).toBe("Shift+d");
  expect(pressed("?", { shift: true })).toBe("?");
  expect(pressed("/")).toBe("/");
  expect(pressed("k", { ctrl: true })).toBe("Mod+k");
  expect(pressed("k", { meta: true })).toBe("Mod+k");
  expect(pressed(" ")).toBe("Space");
  expect(pressed("ArrowUp", { shift: true })).toBe("Shift+ArrowUp");
  expect(pressed("Shift", { shift: true })).toBe("");
  expect(pressed("@", { alt: true })).toBe("");
});

test("one key after another is a command, and a key in between is itself", () => {
  const keyboard = keyboardFor(["g o"], ["g a"], ["y"]);
  expect(typed(keyboard, ["g", "o", "o", "g", "y", "g", "g", "a"])).toEqual([
    "more",
    "g o",
    null,
    "more",
    "y",
    "more",
    "more",
    "g a",
  ]);
});

test("a first key is forgotten after a while", () => {
  expect(typed(keyboardFor(["g o"], ["o"]), ["g", "o"], { every: 5000 })).toEqual(["more", "o"]);
});

test("what is added last goes first, unless it does not apply", () => {
  let applies = true;
  const commands = new Commands();
  const of = (id: string, when?: () => boolean): Command => {
    return { id, title: id, keys: ["x"], scope: "List", run: () => {}, ...(when && { when }) };
  };
  commands.add([of("always")]);
  const remove = commands.add([of("view", () => applies)]);
  expect(commands.byKeys("x")?.id).toBe("view");
  applies = false;
  expect(commands.byKeys("x")?.id).toBe("always");
  applies = true;
  remove();
  expect(commands.byKeys("x")?.id).toBe("always");
});

test("where single keys are off, only keys that print nothing are commands", () => {
  const keyboard = keyboardFor(["g o"], ["?"], ["Mod+k"], ["Escape"], ["Shift+d"]);
  const keys = ["g", "o", "?", "Shift+d", "Mod+k", "Escape"];
  expect(typed(keyboard, keys, { plainKeys: false })).toEqual([null, null, null, null, "Mod+k", "Escape"]);
  expect(["g o", "?", "Space", "Shift+d"].every(isPlain)).toBe(true);
  expect(["Mod+k", "Escape", "ArrowUp", "Home", "Shift+ArrowUp"].some(isPlain)).toBe(false);
});
