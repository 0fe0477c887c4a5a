// <before-after>: the line between the picture as it came (left) and as layers or background alone (right).

import { h } from "../dom.js";

const AFTER = [
  ["layers", "Layers"],
  ["background", "Background"],
];

export class BeforeAfter extends HTMLElement {
  bind(scene, canvas) {
    this.scene = scene;
    this.canvas = canvas;
    this.handle = h("div", {
      class: "handle",
      role: "slider",
      tabindex: 0,
      "aria-label": "Before and after",
      "aria-valuemin": 0,
      "aria-valuemax": 100,
    });
    this.handle.append(h("span", { class: "knob" }));
    this.choices = AFTER.map(([after, word]) => {
      const one = h("button", { type: "button", class: "button quiet", onclick: () => scene.set({ after }) }, word);
      one.dataset.after = after;
      return one;
    });
    this.append(
      this.handle,
      h("span", { class: "side before" }, "Your picture"),
      h("div", { class: "side after segments", role: "group", "aria-label": "After" }, ...this.choices),
    );
    this.handle.addEventListener("pointerdown", (event) => this.#grab(event));
    this.handle.addEventListener("keydown", (event) => this.#key(event));
    canvas.addEventListener("zoom", () => this.#place());
    scene.addEventListener("mode", () => this.#place());
  }

  #place() {
    const { scene, canvas } = this;
    this.hidden = scene.mode !== "compare";
    if (this.hidden || !scene.stack) return;
    const { view, density } = canvas;
    const [x] = view.toScreen(scene.stack.width * scene.divide, 0);
    this.handle.style.setProperty("--at", `${x / density}px`);
    const percent = Math.round(scene.divide * 100);
    this.handle.setAttribute("aria-valuenow", String(percent));
    const after = scene.after === "background" ? "the background" : "the layers";
    this.handle.setAttribute("aria-valuetext", `${percent} % your picture, the rest ${after}`);
    for (const one of this.choices) one.setAttribute("aria-pressed", String(one.dataset.after === scene.after));
  }

  #set(divide) {
    this.scene.set({ divide: Math.max(0, Math.min(1, divide)) });
  }

  #grab(event) {
    event.preventDefault();
    this.handle.focus();
    this.handle.setPointerCapture(event.pointerId);
    const { canvas, scene } = this;
    const move = (event) => {
      const x = (event.clientX - canvas.getBoundingClientRect().left) * canvas.density;
      this.#set(canvas.view.toPicture(x, 0)[0] / scene.stack.width);
    };
    this.handle.addEventListener("pointermove", move);
    const end = () => this.handle.removeEventListener("pointermove", move);
    this.handle.addEventListener("lostpointercapture", end, { once: true });
  }

  #key(event) {
    const { divide } = this.scene;
    const step = event.shiftKey ? 0.1 : 0.02;
    const keys = {
      ArrowLeft: divide - step,
      ArrowDown: divide - step,
      ArrowRight: divide + step,
      ArrowUp: divide + step,
      Home: 0,
      End: 1,
    };
    if (!(event.key in keys)) return;
    this.#set(keys[event.key]);
    event.preventDefault();
  }
}

customElements.define("before-after", BeforeAfter);
