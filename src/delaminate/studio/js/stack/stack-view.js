// <stack-view>: a picture as its layers, to see, judge and fix. Set `.stack`; listen for "revise", "undo", "export" and
// "price". It asks nobody for anything but the images it is given the addresses of.

import "./exact-line.js";
import "./layer-canvas.js";
import "./layer-list.js";
import { button, h } from "./dom.js";
import { Pictures } from "./pictures.js";
import { Scene } from "./scene.js";

export class StackView extends HTMLElement {
  scene = new Scene();
  pictures = new Pictures();

  get stack() {
    return this.scene.stack;
  }

  set stack(stack) {
    this.#build();
    this.pictures.show(stack);
    this.scene.show(stack);
  }

  connectedCallback() {
    if (Object.hasOwn(this, "stack")) {
      const { stack } = this;
      delete this.stack;
      this.stack = stack;
    }
    this.#build();
  }

  #build() {
    if (this.canvas) return;
    const { scene, pictures } = this;
    this.canvas = document.createElement("layer-canvas");
    const list = document.createElement("layer-list");
    const line = document.createElement("exact-line");
    this.append(
      h(
        "div",
        { className: "frame" },
        h("div", { className: "stage" }, this.canvas, this.#zooms()),
        line,
        h("div", { className: "panel" }, h("section", { className: "layers", "aria-label": "Layers" }, list)),
      ),
    );
    for (const part of [this.canvas, list, line]) part.bind(scene, pictures);
  }

  #zooms() {
    const zoom = change => () => this.canvas.zoom(change);
    const readout = h("button", { type: "button", className: "readout", title: "Show at 100 %", onclick: zoom(v => v.zoomTo(1)) });
    this.canvas.addEventListener("zoom", () => {
      const percent = `${Math.round(this.canvas.view.scale * 100)} %`;
      readout.textContent = percent;
      readout.setAttribute("aria-label", `Zoom ${percent}; show at 100 %`);
    });
    return h(
      "div",
      { className: "zooms", role: "group", "aria-label": "Zoom" },
      button("minus", "Zoom out (−)", zoom(v => v.zoomBy(0.8)), { bare: true }),
      readout,
      button("plus", "Zoom in (+)", zoom(v => v.zoomBy(1.25)), { bare: true }),
      button("fit", "Fit (0)", zoom(v => v.fit()), { bare: true }),
    );
  }
}

customElements.define("stack-view", StackView);
