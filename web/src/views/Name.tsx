import { plain } from "../text";

const HUES = 8;

/** An agent's name with the stripe that it has everywhere. */
export function Name({ of }: { of: string }) {
  const name = plain(of);
  return (
    <span class={`name hue-${hueOf(name)}`} title={name}>
      {name}
    </span>
  );
}

/** The stripe of a name: `.hue-0` to `.hue-7`. */
export function hueOf(name: string): number {
  let hash = 0;
  for (let index = 0; index < name.length; index++) hash = (hash * 31 + name.charCodeAt(index)) >>> 0;
  return hash % HUES;
}
