// What a brush can be set to: adding or taking away, its size and softness, and whether it keeps to one colour.

import { h } from "../dom.js";
import { button } from "../icons.js";

/** The share of the picture's longer side that a brush begins with. */
const BEGINS = 0.04;

/** `.element` to show, `.how` for a stroke; `changed(mode)` is called when another mode is chosen. */
export class BrushControls {
  mode = "add";

  constructor(longest, changed = () => {}) {
    this.size = h("input", {
      type: "range",
      min: 2,
      max: Math.max(40, Math.round(longest / 4)),
      value: Math.max(6, Math.round(longest * BEGINS)),
      "aria-label": "Size of the brush",
    });
    this.soft = h("input", { type: "range", min: 0, max: 100, value: 0, "aria-label": "Softness of the brush" });
    this.magic = h("input", { type: "checkbox" });
    this.modes = [
      ["add", "brush", "Brush"],
      ["take", "eraser", "Eraser"],
    ].map(([mode, sign, word]) => {
      const one = button(sign, word, () => this.set(mode));
      one.dataset.mode = mode;
      return one;
    });
    this.changed = changed;
    this.element = h(
      "div",
      { class: "brush-controls", role: "group", "aria-label": "Brush" },
      h("div", { class: "segments", role: "group", "aria-label": "Add or take away" }, ...this.modes),
      h("label", {}, "Size ", this.size),
      h("label", {}, "Soft ", this.soft),
      h("label", { title: "Paints only what has the colour where the stroke begins" }, this.magic, " Keep to edges"),
    );
    this.set("add");
  }

  set(mode) {
    this.mode = mode;
    for (const one of this.modes) one.setAttribute("aria-pressed", String(one.dataset.mode === mode));
    this.changed(mode);
  }

  get how() {
    return {
      mode: this.mode,
      size: this.size.valueAsNumber,
      soft: this.soft.valueAsNumber / 100,
      magic: this.magic.checked,
    };
  }
}
