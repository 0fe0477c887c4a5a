// <ground-choice>: what lies behind the layers: the picture's own background, nothing, or one colour.

import { h } from "../dom.js";

const CHOICES = [
  ["picture", "Picture"],
  ["clear", "Transparent"],
  ["colour", "Colour"],
];

export class GroundChoice extends HTMLElement {
  bind(scene) {
    this.scene = scene;
    this.colour = h("input", { type: "color", value: "#ffffff", "aria-label": "Colour behind the layers" });
    this.colour.addEventListener("input", () => this.#choose("colour"));
    this.choices = CHOICES.map(([id, word]) => {
      const one = h("button", { type: "button", class: "button quiet", onclick: () => this.#choose(id) }, word);
      one.dataset.ground = id;
      return one;
    });
    this.append(
      h("span", { class: "label", id: "ground-label" }, "Behind the layers"),
      h("div", { class: "segments", role: "group", "aria-labelledby": "ground-label" }, ...this.choices),
      this.colour,
    );
    for (const type of ["look", "stack"]) scene.addEventListener(type, () => this.#update());
  }

  #choose(id) {
    const { scene } = this;
    scene.change(scene.background, { visible: id === "picture" }, true);
    scene.setGround(id === "colour" ? this.colour.value : null);
  }

  #update() {
    const { scene } = this;
    const visible = scene.look(scene.background).visible;
    const now = visible ? "picture" : scene.ground ? "colour" : "clear";
    for (const one of this.choices) one.setAttribute("aria-pressed", String(one.dataset.ground === now));
    if (scene.ground && document.activeElement !== this.colour) this.colour.value = scene.ground;
    this.colour.hidden = now !== "colour";
  }
}

customElements.define("ground-choice", GroundChoice);
