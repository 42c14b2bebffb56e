import { plain } from "../text";
import { Icon, type Shape } from "./icons";

const STATUS = new Map<string, readonly [Shape, string]>([
  ["active", ["dot", "ok"]],
  ["waiting", ["square", "warn"]],
  ["stalled", ["rise", "warn"]],
  ["failed", ["cross", "crit"]],
  ["lost", ["cross", "crit"]],
  ["completed", ["check", "muted"]],
]);

export function Status({ word }: { word: string }) {
  const [shape, tone] = STATUS.get(word) ?? ["ring", "muted"];
  return (
    <span class={`status ${tone}`}>
      <Icon shape={shape} />
      {plain(word)}
    </span>
  );
}
