// <layer-place>: how one layer lies in the arrangement, in numbers: place, size, turn, flips and blend mode.

import { h } from "../dom.js";
import { button } from "../icons.js";

const BLENDS = [
  ["normal", "Normal"],
  ["multiply", "Multiply"],
  ["screen", "Screen"],
];

export class LayerPlace extends HTMLElement {
  #fields = new Map();

  bind(scene) {
    this.scene = scene;
    const number = (key, label, limits, read, write) => {
      const input = h("input", { class: "field", type: "number", step: 1, inputmode: "numeric", ...limits });
      input.addEventListener("change", () => {
        if (input.value !== "" && input.validity.valid) scene.change(this.#id, write(input.valueAsNumber));
        else this.#update();
      });
      this.#fields.set(key, [input, read]);
      return h("label", { class: "ask" }, h("span", { class: "label" }, label), input);
    };
    const scaled = (percent) => {
      const { scaleX, scaleY } = scene.look(this.#id);
      return { scaleX: (Math.sign(scaleX) * percent) / 100, scaleY: (Math.sign(scaleY) * percent) / 100 };
    };
    this.blend = h(
      "select",
      { class: "field", onchange: () => scene.change(this.#id, { blend: this.blend.value }) },
      BLENDS.map(([value, word]) => h("option", { value }, word)),
    );
    const flip = (key) => () => scene.change(this.#id, { [key]: -scene.look(this.#id)[key] });
    this.back = button("undo", "Put back", () => scene.putBack([this.#id]));
    this.append(
      h(
        "details",
        { class: "place" },
        h("summary", {}, "Place, size and blend mode"),
        h(
          "div",
          { class: "place-fields" },
          number(
            "x",
            "Right by",
            {},
            ({ dx }) => dx,
            (dx) => ({ dx: Math.round(dx) }),
          ),
          number(
            "y",
            "Down by",
            {},
            ({ dy }) => dy,
            (dy) => ({ dy: Math.round(dy) }),
          ),
          number("scale", "Size, %", { min: 2, max: 2000 }, ({ scaleX }) => Math.round(Math.abs(scaleX) * 100), scaled),
          number(
            "rotation",
            "Turn, °",
            { min: -360, max: 360 },
            (look) => look.rotation,
            (rotation) => ({ rotation }),
          ),
          h("label", { class: "ask" }, h("span", { class: "label" }, "Blend mode"), this.blend),
          h(
            "div",
            { class: "pair" },
            button("flip", "Flip", flip("scaleX"), { title: "Left becomes right" }),
            button("flipv", "Flip down", flip("scaleY"), { title: "Top becomes bottom" }),
            this.back,
          ),
        ),
      ),
    );
    for (const type of ["selection", "look", "stack"]) scene.addEventListener(type, () => this.#update());
    this.hidden = true;
  }

  get #id() {
    return this.scene.selection.at(-1);
  }

  #update() {
    const { scene } = this;
    const one = scene.selection.length === 1 && this.#id !== scene.background;
    this.hidden = !one;
    if (!one) return;
    const look = scene.look(this.#id);
    for (const [input, read] of this.#fields.values())
      if (document.activeElement !== input || input.value === "") input.value = read(look);
    this.blend.value = look.blend;
    this.back.disabled = !scene.isMoved(this.#id);
  }
}

customElements.define("layer-place", LayerPlace);
