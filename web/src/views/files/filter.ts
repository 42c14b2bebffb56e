/** Whether a path has every word in it, in whatever case; `*` stands for anything within a word. */
export function matcherOf(text: string): (path: string) => boolean {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const tests = words.map((word) => word.split("*").filter(Boolean));
  return (path) => {
    const lower = path.toLowerCase();
    return tests.every((parts) => inOrder(lower, parts));
  };
}

function inOrder(text: string, parts: readonly string[]): boolean {
  let from = 0;
  for (const part of parts) {
    const at = text.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return true;
}
