import { useLayoutEffect, useRef } from "preact/hooks";
import { surface, useSize } from "./canvas";
import { type Colour, usePalette } from "./palette";

interface Props {
  /** Oldest first; null where nothing is known. */
  values: readonly (number | null)[];
  /** What it says in a sentence, for those who do not see it. */
  label: string;
  colour?: Colour;
}

/** How a figure went, without axes: from 0 to the highest value. It is as large as its class says. */
export function Sparkline({ values, label, colour = "accent" }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useSize(canvas);
  const palette = usePalette();
  useLayoutEffect(() => {
    const context = canvas.current && surface(canvas.current, size);
    if (context) draw(context, values, size, palette[colour]);
  }, [values, size, palette, colour]);
  return <canvas class="sparkline" role="img" aria-label={label} ref={canvas} />;
}

function draw(
  context: CanvasRenderingContext2D,
  values: readonly (number | null)[],
  { width, height }: { width: number; height: number },
  colour: string,
): void {
  const highest = Math.max(1e-9, ...values.map((value) => value ?? 0));
  const step = width / Math.max(1, values.length - 1);
  const y = (value: number) => height - 1.5 - (value / highest) * (height - 3);
  const [line, under] = [new Path2D(), new Path2D()];
  values.forEach((value, index) => {
    const before = values[index - 1] ?? null;
    if (value === null) return;
    if (before === null) {
      line.moveTo(index * step, y(value));
      return;
    }
    line.lineTo(index * step, y(value));
    under.moveTo((index - 1) * step, height);
    under.lineTo((index - 1) * step, y(before));
    under.lineTo(index * step, y(value));
    under.lineTo(index * step, height);
  });
  context.strokeStyle = colour;
  context.lineWidth = 1.5;
  context.lineJoin = "round";
  context.stroke(line);
  context.globalAlpha = 0.14;
  context.fillStyle = colour;
  context.fill(under);
  context.globalAlpha = 1;
}
