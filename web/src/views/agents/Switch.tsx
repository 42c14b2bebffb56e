import type { Address } from "../../url";

interface Props {
  address: Address;
  /** The key of the URL; there, it is `1`. */
  name: string;
  /** What it is called where the key being there switches it on, or `off` where that switches it off. */
  on?: string;
  off?: string;
}

/** A button that stays pressed, kept in the URL. */
export function Switch({ address, name, on, off }: Props) {
  const there = address.place.value.get(name) === "1";
  return (
    <button
      type="button"
      class="button"
      aria-pressed={on === undefined ? !there : there}
      onClick={() => switched(address, name)}
    >
      {on ?? off}
    </button>
  );
}

export function switched(address: Address, name: string): void {
  address.go({ [name]: address.place.peek().get(name) === "1" ? null : "1" });
}
