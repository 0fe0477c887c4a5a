// <stack-view>: a picture as its layers, to see, judge and fix.
//
// Set `.stack`:
//   {width, height, exact: true | false | null, differingPixels, originalUrl, invented: {layerId: url},
//    layers: [{id, name, role, z, bbox: [l, t, r, b], url, width, height, confidence, advice}, …] bottom to top,
//    free: whether nothing costs, limits: {name, words, parts, seed, …}, inpaintModels: [{id, name, price, ready}],
//    exporters: [{id, name, extension, says, drops, purpose, stem, arranged}],
//    outcomes: [{target, outcome, advice}], canUndo, canRedo, arrangement, busy: false | true | {text, progress}}
// Setting it again, say with another `busy`, keeps what the person had hidden, moved or selected. `scene.arrangement` is
// what they made of it; the scene says "settled" after each step.
//
// It tells, in bubbling composed events:
//   "revise" {edits}, "undo" {}, "redo" {}, "export" and "copy" {format, layers, trim, arranged}, "drag-out" {layer, link}, and
//   "viewed" {mode} when another view was chosen, and
//   "price" {edits, reply}: call `reply` with a number, {creativeUnitsCost} or {error: "why not"}.
//
// It loads the images it is given the addresses of and asks nobody for anything else.

import "./before-after.js";
import "./download-menu.js";
import "./exact-line.js";
import "./exploded-view.js";
import "./ground-choice.js";
import "./layer-canvas.js";
import "./layer-list.js";
import "./outcome-list.js";
import "./repair-panel.js";
import "./stack-tools.js";
import { h, tell } from "../dom.js";
import { isByKey } from "../elements/context-menu.js";
import { button } from "../icons.js";
import { openLayerMenu } from "./layer-menu.js";
import { Pictures } from "./pictures.js";
import { Scene } from "./scene.js";

const TABS = [
  ["layers", "Layers"],
  ["repair", "Repair"],
  ["asked", "Asked for"],
];

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
    const make = (name) => document.createElement(name);
    this.canvas = make("layer-canvas");
    const [tools, compare, exploded, list] = ["stack-tools", "before-after", "exploded-view", "layer-list"].map(make);
    const [repair, progress, line, outcomes, ground] = [
      "repair-panel",
      "repair-progress",
      "exact-line",
      "outcome-list",
      "ground-choice",
    ].map(make);
    this.frame = h(
      "div",
      { class: "frame" },
      tools,
      h(
        "div",
        { class: "stage" },
        this.canvas,
        compare,
        exploded,
        this.#zooms(),
        this.#putBack(),
        this.#legend(),
        progress,
      ),
      line,
      this.#tabs(outcomes),
      h(
        "div",
        { class: "panel" },
        h("section", { class: "layers", "aria-label": "Layers" }, list, ground),
        h("section", { class: "repair", "aria-label": "Repair" }, repair),
        h("section", { class: "asked", "aria-label": "What you asked for" }, outcomes),
      ),
    );
    this.append(this.frame);
    for (const part of [tools, this.canvas, exploded, list, repair, progress, line, outcomes, ground])
      part.bind(scene, pictures);
    compare.bind(scene, this.canvas);
    scene.addEventListener("mode", () => (this.frame.dataset.mode = scene.mode));
    this.addEventListener("keydown", (event) => this.#key(event));
    this.addEventListener("contextmenu", (event) => this.#menu(event));
    this.list = list;
    this.repairs = repair;
    this.#show("layers");
    scene.set({ mode: "layers" });
  }

  #zooms() {
    const zoom = (change) => () => this.canvas.zoom(change);
    const readout = h("button", {
      type: "button",
      class: "readout",
      title: "Show at 100 %",
      onclick: zoom((v) => v.zoomTo(1)),
    });
    this.canvas.addEventListener("zoom", () => {
      const percent = `${Math.round(this.canvas.view.scale * 100)} %`;
      readout.textContent = percent;
      readout.setAttribute("aria-label", `Zoom ${percent}; show at 100 %`);
    });
    return h(
      "div",
      { class: "zooms", role: "group", "aria-label": "Zoom" },
      button(
        "minus",
        "Zoom out (−)",
        zoom((v) => v.zoomBy(0.8)),
        { bare: true },
      ),
      readout,
      button(
        "plus",
        "Zoom in (+)",
        zoom((v) => v.zoomBy(1.25)),
        { bare: true },
      ),
      button(
        "fit",
        "Fit (0)",
        zoom((v) => v.fit()),
        { bare: true },
      ),
    );
  }

  #putBack() {
    const { scene } = this;
    const back = button("undo", "Put back", () => scene.putBack(), { class: "button put-back", hidden: true });
    scene.addEventListener("look", () => (back.hidden = !scene.stack || scene.departures.moved === 0));
    return back;
  }

  #legend() {
    const { scene } = this;
    const legend = h("p", { class: "legend", hidden: true }, h("i", {}), "Made up: no one has seen these pixels");
    scene.addEventListener("mode", () => (legend.hidden = !scene.invented || scene.mode !== "layers"));
    return legend;
  }

  /** In a small room one part of the panel is shown at a time. */
  #tabs(outcomes) {
    this.tabs = TABS.map(([tab, word]) => {
      const one = h("button", { type: "button", class: "button quiet", onclick: () => this.#show(tab) }, word);
      one.dataset.tab = tab;
      return one;
    });
    const count = h("span", { class: "badge warn" });
    this.tabs.at(-1).append(count);
    this.scene.addEventListener("stack", () => {
      count.textContent = outcomes.troubles || "";
      count.hidden = !outcomes.troubles;
    });
    return h("div", { class: "tabs segments", role: "group", "aria-label": "Panel" }, ...this.tabs);
  }

  #show(tab) {
    this.frame.dataset.tab = tab;
    for (const one of this.tabs) one.setAttribute("aria-pressed", String(one.dataset.tab === tab));
  }

  /** On a layer, wherever it is shown: what can be done to it. */
  #menu(event) {
    if (!this.stack || this.stack.busy || event.target.closest("input, textarea, .downloads")) return;
    const byKey = isByKey(event);
    const id = event.target.closest("[data-layer]")?.dataset.layer ?? this.#pointed(event, byKey);
    if (!id) return;
    event.preventDefault();
    const box = event.target.getBoundingClientRect();
    const near = { x: box.left + Math.min(80, box.width / 2), y: box.top + Math.min(40, box.height / 2) };
    openLayerMenu(this, id, byKey ? near : { x: event.clientX, y: event.clientY });
  }

  /** The layer on the canvas that is meant: the one under the pointer, or by key the selected one. */
  #pointed(event, byKey) {
    const { canvas, scene } = this;
    if (!canvas.contains(event.target) || scene.mode !== "layers") return null;
    if (byKey) return scene.selection.at(-1) ?? null;
    const box = canvas.getBoundingClientRect();
    return canvas.pick((event.clientX - box.left) * canvas.density, (event.clientY - box.top) * canvas.density);
  }

  /** Ask for another name of a layer, in the list. */
  rename(id) {
    this.#show("layers");
    this.list.rename(id);
  }

  /** Open a repair of the selected layers. */
  repair(kind) {
    this.#show("repair");
    this.repairs.open(kind);
  }

  #key(event) {
    const copies = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "c" && this.scene.selection.length;
    if (copies && !event.target.closest("input, textarea") && getSelection().isCollapsed) {
      event.preventDefault();
      const { selection, isArranged } = this.scene;
      tell(this, "copy", { format: "png", layers: [...selection], trim: true, arranged: isArranged });
      return;
    }
    const key = event.key.toLowerCase();
    if (!(event.ctrlKey || event.metaKey) || !["z", "y"].includes(key)) return;
    if (event.target.closest("input:not([type=range], [type=checkbox], [type=radio], [type=color]), textarea")) return;
    event.preventDefault();
    const way = key === "y" || event.shiftKey ? "redo" : "undo";
    if (this.stack?.[way === "undo" ? "canUndo" : "canRedo"] && !this.stack.busy) tell(this, way, {});
  }
}

customElements.define("stack-view", StackView);
