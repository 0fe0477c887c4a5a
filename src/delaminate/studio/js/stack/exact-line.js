// <exact-line>: whether the layers add up to the picture, and how what is seen departs from them.

import { h } from "../dom.js";
import { icon } from "../icons.js";

const counted = (n, one, many) => (n ? [n === 1 ? one : many.replace("#", n)] : []);

export class ExactLine extends HTMLElement {
  bind(scene) {
    this.scene = scene;
    this.proof = h("p", { class: "proof", role: "status" });
    this.said = h("span", {});
    this.back = h(
      "button",
      { type: "button", class: "link", onclick: () => scene.reset() },
      "Back to the exact picture",
    );
    this.view = h("p", { class: "departs", hidden: true }, this.said, this.back);
    this.only = h("span", {});
    this.alone = h(
      "p",
      { class: "alone", hidden: true },
      this.only,
      h("button", { type: "button", class: "link", onclick: () => scene.showAll() }, "Show all layers"),
    );
    this.append(this.proof, this.alone, this.view);
    scene.addEventListener("stack", () => this.#proof());
    scene.addEventListener("look", () => this.#view());
  }

  #proof() {
    const { exact, differingPixels: n = 0 } = this.scene.stack;
    const state = exact === true ? "exact" : exact === false ? "differs" : "unknown";
    if (this.dataset.state === state + n) return;
    this.dataset.state = state + n;
    this.proof.dataset.state = state;
    const verdict = {
      exact: "exact",
      differs: `${n.toLocaleString("en")} ${n === 1 ? "pixel differs" : "pixels differ"}`,
      unknown: "not checked",
    }[state];
    const said = h("span", {}, "Layers add up to your picture: ", h("strong", {}, verdict));
    this.proof.replaceChildren(icon({ exact: "tick", differs: "warn", unknown: "ask" }[state]), said);
  }

  #view() {
    const { solo, stack } = this.scene;
    this.alone.hidden = solo === null;
    if (solo) this.only.textContent = `Looking at ${solo.length} of ${stack.layers.length} layers.`;
    const { hidden, faded, blended, moved, reordered, ground } = this.scene.departures;
    const parts = [
      ...counted(hidden, "1 layer hidden", "# layers hidden"),
      ...counted(faded, "1 faded", "# faded"),
      ...counted(blended, "1 blended", "# blended"),
      ...counted(moved, "1 moved", "# moved"),
      ...counted(reordered, "order changed", ""),
      ...counted(ground, "a ground", ""),
    ];
    this.view.hidden = parts.length === 0;
    this.said.textContent = parts.length
      ? `Your arrangement: ${parts.join(", ")}. It is kept, the exact layers too.`
      : "";
  }
}

customElements.define("exact-line", ExactLine);
