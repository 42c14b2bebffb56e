import { expect, test } from "vitest";
import { settingsIn } from "./settings";

function storageWith(content: Record<string, string>) {
  const kept = new Map(Object.entries(content));
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
  return { kept, storage: storage as unknown as Storage };
}

test("a choice is there again, and the default is not written down", () => {
  const { kept, storage } = storageWith({});
  const settings = settingsIn(storage);
  expect([...kept]).toEqual([]);
  settings.theme.value = "dark";
  settings.plainKeys.value = "off";
  const again = settingsIn(storage);
  expect([again.theme.value, again.plainKeys.value, again.announce.value]).toEqual(["dark", "off", "on"]);
  settings.theme.value = "system";
  expect([...kept.keys()]).toEqual(["lookout.plain-keys"]);
});

test("what is kept but means nothing is the default", () => {
  expect(settingsIn(storageWith({ "lookout.theme": "mauve" }).storage).theme.value).toBe("system");
});
