// <outcome-list>: how each thing asked for ended, and what to do where it did not.

import { h } from "../dom.js";
import { icon } from "../icons.js";

const KINDS = {
  extracted: ["good", "tick", "found"],
  uncertain: ["warn", "ask", "unsure"],
  "not found": ["bad", "warn", "not found"],
  "cap reached": ["warn", "warn", "too many"],
  "too small": ["warn", "warn", "too small"],
  "kept in background": ["plain", "tick", "left in the background"],
};

export class OutcomeList extends HTMLElement {
  bind(scene) {
    this.list = h("ul", {});
    this.count = h("span", { class: "hint" });
    this.append(h("h2", {}, "You asked for ", this.count), this.list);
    scene.addEventListener("stack", () => this.#update(scene.stack.outcomes ?? []));
  }

  /** How many need the person's eye. */
  troubles = 0;

  #update(outcomes) {
    const known = JSON.stringify(outcomes);
    if (known === this.known) return;
    this.known = known;
    this.hidden = outcomes.length === 0;
    const found = outcomes.filter((one) => one.outcome === "extracted").length;
    this.troubles = outcomes.filter((one) => one.advice).length;
    this.count.textContent = `${found} of ${outcomes.length} found`;
    this.list.replaceChildren(
      ...outcomes.map(({ target, outcome, advice }) => {
        const [kind, drawing, word] = KINDS[outcome] ?? ["warn", "ask", outcome];
        return h(
          "li",
          {},
          h("span", { class: "target" }, target),
          h("span", { class: `badge ${kind}` }, icon(drawing), word),
          advice ? h("p", { class: "hint" }, advice) : null,
        );
      }),
    );
  }
}

customElements.define("outcome-list", OutcomeList);
