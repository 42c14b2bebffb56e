import { type Signal, signal } from "@preact/signals";
import "../styles/charts.css";

const COLOURS = [
  "bg",
  "surface",
  "raised",
  "line",
  "control",
  "text",
  "muted",
  "accent",
  "ok",
  "warn",
  "high",
  "crit",
  "series-1",
  "series-2",
  "series-3",
  "series-4",
  "series-5",
  "series-6",
] as const;

export type Colour = (typeof COLOURS)[number];

/** The tokens of the theme as colours that a canvas understands; `data` and `prose` are its families of fonts. */
export type Palette = { readonly [name in Colour | "data" | "prose"]: string };

/** Tokens with a value for either theme are only resolved where they are used. */
function read(): Palette {
  const probe = document.createElement("i");
  probe.hidden = true;
  document.body.append(probe);
  const style = getComputedStyle(probe);
  const palette: { [name: string]: string } = {};
  for (const name of COLOURS) {
    probe.style.color = `var(--${name})`;
    palette[name] = style.color;
  }
  for (const name of ["data", "prose"]) {
    probe.style.fontFamily = `var(--${name})`;
    palette[name] = style.fontFamily;
  }
  probe.remove();
  return palette as Palette;
}

let shared: Signal<Palette> | undefined;

/** Renders anew when the theme changes: by the system, or by an attribute of the document. */
export function usePalette(): Palette {
  shared ??= watched();
  return shared.value;
}

function watched(): Signal<Palette> {
  const palette = signal(read());
  const renew = () => {
    palette.value = read();
  };
  for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) {
    matchMedia(query).addEventListener("change", renew);
  }
  new MutationObserver(renew).observe(document.documentElement, { attributes: true });
  return palette;
}
