import { plain } from "../../text";

/** The folder gives way before the name does. */
export function Path({ of }: { of: string }) {
  const path = plain(of);
  const cut = path.lastIndexOf("/") + 1;
  return (
    <span class="path" title={path}>
      <span class="folder">{path.slice(0, cut)}</span>
      <span class="base">{path.slice(cut)}</span>
    </span>
  );
}
