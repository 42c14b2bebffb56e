import type { Ui } from "../ui";
import { Help } from "./Help";
import { More } from "./More";
import { Palette } from "./Palette";
import { SettingsDialog } from "./SettingsDialog";

const LAYERS = { palette: Palette, help: Help, settings: SettingsDialog, more: More };

/** The dialog that is open. */
export function Layers({ ui }: { ui: Ui }) {
  const layer = ui.layer.value;
  if (!layer) return null;
  const Content = LAYERS[layer];
  return <Content ui={ui} key={layer} />;
}
