import type { Address, Place } from "./url";
import { parse } from "./url";

/** Lets a plain click on a link to the page stay in it; one for a new tab or window is the browser's. */
export function followLinks(root: Document, address: Address): void {
  root.addEventListener("click", (click) => {
    if (click.defaultPrevented || click.button !== 0) return;
    if (click.metaKey || click.ctrlKey || click.shiftKey || click.altKey) return;
    const href = click.target instanceof Element && click.target.closest("a")?.getAttribute("href");
    if (!href || !/^\/(\?|$)/.test(href)) return;
    click.preventDefault();
    address.go(changeTo(address.place.peek(), parse(href.slice(1))));
  });
}

/** What leads from one place to another. */
function changeTo(from: Place, to: Place): { [key: string]: string | null } {
  return Object.fromEntries([...[...from.keys()].map((key) => [key, null] as const), ...to]);
}
