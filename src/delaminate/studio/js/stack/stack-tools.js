// <stack-tools>: which view of the stack is shown and what can be done with the whole of it.

import { h, tell } from "../dom.js";
import { button } from "../icons.js";

const MODES = [
  ["layers", "layers", "Layers"],
  ["compare", "compare", "Before / after"],
  ["exploded", "exploded", "Exploded"],
];

export class StackTools extends HTMLElement {
  bind(scene) {
    this.scene = scene;
    this.modes = MODES.map(([mode, drawing, word]) => {
      const one = button(drawing, word, () => {
        scene.set({ mode, hovered: null });
        tell(this, "viewed", { mode });
      });
      one.dataset.mode = mode;
      return one;
    });
    this.invented = button("invented", "Invented pixels", () => scene.set({ invented: !scene.invented }), {
      title: "Hatch what no one has ever seen: pixels made up behind the layers",
    });
    this.undo = button("undo", "Undo", () => tell(this, "undo", {}), { title: "Undo (Ctrl+Z)" });
    this.redo = button("again", "Redo", () => tell(this, "redo", {}), { title: "Do again (Ctrl+Shift+Z)", bare: true });
    this.menu = document.createElement("download-menu");
    this.append(
      h("div", { class: "segments", role: "group", "aria-label": "View" }, ...this.modes),
      this.invented,
      h("div", { class: "end" }, this.undo, this.redo, this.menu),
    );
    this.menu.bind(scene);
    for (const type of ["mode", "stack"]) scene.addEventListener(type, () => this.#update());
  }

  #update() {
    const { mode, invented, stack } = this.scene;
    for (const one of this.modes) one.setAttribute("aria-pressed", String(one.dataset.mode === mode));
    this.modes[1].hidden = !stack?.originalUrl;
    this.invented.setAttribute("aria-pressed", String(invented));
    this.invented.hidden = mode === "exploded" || !Object.keys(stack?.invented ?? {}).length;
    this.undo.disabled = !stack?.canUndo || Boolean(stack?.busy);
    this.redo.disabled = !stack?.canRedo || Boolean(stack?.busy);
  }
}

customElements.define("stack-tools", StackTools);
