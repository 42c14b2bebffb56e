const MAC = /Mac|iPhone|iPad/.test(navigator.userAgent);

const WORDS = new Map([
  ["Mod", MAC ? "⌘" : "Ctrl"],
  ["Escape", "Esc"],
  ["ArrowUp", "↑"],
  ["ArrowDown", "↓"],
  ["ArrowLeft", "←"],
  ["ArrowRight", "→"],
  ["PageUp", "PgUp"],
  ["PageDown", "PgDn"],
]);

/** Keys as they stand on a keyboard. */
export function Keys({ keys }: { keys: string }) {
  return (
    <span class="keys">
      {keys.split(" ").map((press) => (
        <kbd key={press}>
          {press
            .split("+")
            .map(
              (each) => WORDS.get(each) ?? (press.includes("+") ? each.toUpperCase().replace("SHIFT", "Shift") : each),
            )
            .join(" ")}
        </kbd>
      ))}
    </span>
  );
}
