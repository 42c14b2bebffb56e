import type { ComponentChildren } from "preact";
import { Icon, type Shape } from "../icons";
import type { ServiceRow } from "./status";

const LOOKS: { readonly [word in ServiceRow["word"]]: readonly [Shape, string] } = {
  healthy: ["dot", "ok"],
  degraded: ["rise", "warn"],
  unhealthy: ["cross", "crit"],
  unknown: ["ring", "muted"],
  gone: ["ring", "muted"],
};

/** The word itself, or what it means. */
export function Health({ word, children = word }: { word: ServiceRow["word"]; children?: ComponentChildren }) {
  const [shape, tone] = LOOKS[word] ?? LOOKS.unknown;
  return (
    <span class={`status ${tone}`}>
      <Icon shape={shape} />
      {children}
    </span>
  );
}
