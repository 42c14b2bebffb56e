import "./gauge.css";
import type { Session } from "../../state";
import { percent } from "../../text";
import { Icon, type Shape } from "../icons";

const LEVELS = new Map<string, readonly [shape: Shape, tone: string, word: string]>([
  ["normal", ["dot", "ok", "Normal"]],
  ["elevated", ["rise", "warn", "Elevated"]],
  ["high", ["high", "high", "High"]],
  ["critical", ["critical", "crit", "Critical"]],
]);

interface Props {
  session: Session;
  /** Whether the word of its level is seen, too. */
  worded?: boolean;
}

/** How full a context window is; the server says from where on that is worth a word. */
export function Gauge({ session, worded = false }: Props) {
  const { context_percentage: fraction, context_level = "normal", context_thresholds = [] } = session;
  if (fraction === undefined) return <span class="muted">–</span>;
  const [shape, tone, word] = LEVELS.get(context_level) ?? ["dot", "ok", "Normal"];
  return (
    <span class={`context-gauge ${tone}`}>
      <span class="context-bar" aria-hidden="true">
        <span class="context-fill" style={{ width: `${Math.min(fraction, 1) * 100}%` }} />
        {context_thresholds.map((threshold) => (
          <i key={threshold} class="context-tick" style={{ left: `${threshold * 100}%` }} />
        ))}
      </span>
      <Icon shape={shape} />
      <span class="context-number">{percent(fraction)}</span>
      <span class={worded ? "context-word" : "unseen"}>{word}</span>
    </span>
  );
}
