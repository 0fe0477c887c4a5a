// What can be done to a layer, or to those that are selected, as a menu where it was asked for.

import { tell } from "../dom.js";
import { openMenu } from "../elements/context-menu.js";
import { REPAIRS } from "./repairs.js";

/** `view` is the <stack-view>; a layer that is not selected is, first. */
export function openLayerMenu(view, id, at) {
  const { scene } = view;
  if (!scene.selection.includes(id)) scene.select(id);
  const ids = [...scene.selection];
  const one = ids.length === 1;
  const ground = ids.includes(scene.background);
  const { order } = scene;
  const place = order.indexOf(id);
  const out = (type, more) => () =>
    tell(view, type, { format: "png", layers: ids, trim: true, arranged: scene.isArranged, ...more });
  const repairs = REPAIRS.filter(({ many }) => (one ? !ground : many && !ground))
    .filter(({ kind }) => kind !== "merge" || order.length > 2)
    .map(({ kind, word }) => ({ word: `${word} …`, sign: kind, does: () => view.repair(kind) }));
  const arrange = one &&
    !ground && [
      { word: "Bring forward", sign: "up", keys: "Alt+↑", off: place === order.length - 1, does: up(scene, id, 1) },
      { word: "To the front", sign: "layers", off: place === order.length - 1, does: up(scene, id, order.length) },
      { word: "Send backward", sign: "down", keys: "Alt+↓", off: place === 1, does: up(scene, id, -1) },
      { word: "To the back", sign: "depth", off: place === 1, does: up(scene, id, -order.length) },
    ];
  openMenu(at, one ? scene.name(id) : `${ids.length} layers`, [
    one && { word: "Rename", sign: "rename", keys: "F2", does: () => view.rename(id) },
    {
      word: scene.seen(id) ? "Hide" : "Show",
      sign: scene.seen(id) ? "hidden" : "eye",
      keys: "H",
      does: () => scene.toggleSeen(...ids),
    },
    one && {
      word: scene.isAlone(id) ? "Show all layers again" : "Show only this",
      sign: "solo",
      keys: "S",
      does: () => scene.toggleSolo(id),
    },
    null,
    ...(arrange || []),
    ids.some((layer) => scene.isMoved(layer)) && { word: "Put back", sign: "undo", does: () => scene.putBack(ids) },
    null,
    { word: "Save PNG", sign: "download", does: out("export") },
    { word: "Copy", sign: "copy", keys: "Ctrl+C", does: out("copy") },
    null,
    ...repairs,
  ]);
}

function up(scene, id, steps) {
  return () => scene.reorder(id, steps);
}
