import { onlySelects } from "./select";
import { type Address, type Change, type Place, parse } from "./url";

/** Lets a plain click on a link to the page stay in it; one for a new tab or window is the browser's. */
export function followLinks(root: Document, address: Address): void {
  root.addEventListener("click", (click) => {
    if (click.defaultPrevented || click.button !== 0) return;
    if (click.metaKey || click.ctrlKey || click.shiftKey || click.altKey) return;
    const href = click.target instanceof Element && click.target.closest("a")?.getAttribute("href");
    if (!href || !/^\/(\?|$)/.test(href)) return;
    click.preventDefault();
    const [from, to] = [address.place.peek(), parse(href.slice(1))];
    const how = onlySelects(from, to) ? "adjust" : "go";
    address[how](changeTo(from, to));
  });
}

/** What leads from one place to another. */
function changeTo(from: Place, to: Place): Change {
  return Object.fromEntries([...[...from.keys()].map((key) => [key, null] as const), ...to]);
}
