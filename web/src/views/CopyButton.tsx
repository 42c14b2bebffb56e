import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

const SAID = 3000;

/** `of` says of what, for those who do not see what is beside it. */
export function CopyButton({ text, of, children = "Copy" }: { text: () => string; of: string; children?: string }) {
  const said = useSignal("");
  useEffect(() => {
    const timer = setTimeout(() => {
      said.value = "";
    }, SAID);
    return () => clearTimeout(timer);
  }, [said, said.value]);
  const copy = () =>
    navigator.clipboard.writeText(text()).then(
      () => {
        said.value = "Copied";
      },
      () => {
        said.value = "Select it and copy";
      },
    );
  return (
    <button type="button" class="button" aria-label={`${children}: ${of}`} onClick={copy}>
      {said.value || children}
    </button>
  );
}
