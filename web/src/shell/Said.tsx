import { type ReadonlySignal, signal } from "@preact/signals";

const SHOWN = 4000;

export interface Sayer {
  readonly said: ReadonlySignal<string>;
  readonly say: (text: string) => void;
}

/** What was just done, for a few seconds. */
export function sayer(): Sayer {
  const said = signal("");
  let timer: ReturnType<typeof setTimeout> | undefined;
  const say = (text: string) => {
    said.value = text;
    clearTimeout(timer);
    timer = setTimeout(() => {
      said.value = "";
    }, SHOWN);
  };
  return { said, say };
}

export function Said({ said }: Pick<Sayer, "said">) {
  return (
    <p class="said" role="status">
      {said}
    </p>
  );
}
