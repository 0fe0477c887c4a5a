// One hint for each thing that is done for the first time. The browser keeps which were taken, so that none comes twice.

import { h } from "./dom.js";

const PLACE = "hints";

function taken() {
  return JSON.parse(localStorage.getItem(PLACE) ?? "[]");
}

/** A note that is shown while `show(true)` holds, until the person closes it or does what it says (`learnt`). */
export class Hint {
  #key;

  constructor(key, words) {
    this.#key = key;
    const close = h("button", { type: "button", class: "link", onclick: () => this.learnt() }, "Got it");
    this.element = h("p", { class: "coach", role: "note", hidden: true }, h("span", {}, words), close);
  }

  show(yes) {
    this.element.hidden = !yes || taken().includes(this.#key);
  }

  learnt() {
    this.element.hidden = true;
    const known = taken();
    if (!known.includes(this.#key)) localStorage.setItem(PLACE, JSON.stringify([...known, this.#key]));
  }
}
