// <selection-export>: the selected layers as one picture: to a file, or to the clipboard.

import { tell } from "../dom.js";
import { button } from "../icons.js";

export class SelectionExport extends HTMLElement {
  bind(scene) {
    this.scene = scene;
    const out = (type, more) => () =>
      tell(this, type, { format: "png", layers: [...scene.selection], arranged: scene.isArranged, ...more });
    this.save = button("download", "Save PNG", out("export", { trim: true }), {
      title: "Cut to what it covers, on transparency. Or drag the little picture in the list to your desktop.",
    });
    this.whole = button("fit", "Full size", out("export", {}), { title: "On a canvas of the whole picture" });
    this.copy = button("copy", "Copy", out("copy", { trim: true }), { title: "To the clipboard (Ctrl+C)" });
    this.setAttribute("role", "group");
    this.setAttribute("aria-label", "Take the selection out");
    this.append(this.save, this.whole, this.copy);
    const update = () => (this.hidden = scene.selection.length === 0);
    for (const type of ["selection", "stack"]) scene.addEventListener(type, update);
    this.hidden = true;
  }
}

customElements.define("selection-export", SelectionExport);
