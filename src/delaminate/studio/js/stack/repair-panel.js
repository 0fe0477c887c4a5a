// <repair-panel>: what can be done to the selected layers; every repair shows its price before it runs.

import "./layer-place.js";
import "./selection-export.js";
import { h, tell } from "../dom.js";
import { button, icon } from "../icons.js";
import { REPAIRS } from "./repairs.js";
import { pictureOf } from "./scene.js";

const PAUSE = 250;
const MARKS = new Set(["redo", "mask"]);

/** The words for what whoever answers "price" replied: a number, `{creativeUnitsCost}` or `{error}`. */
function priceWords(answer) {
  const units = typeof answer === "number" ? answer : answer?.creativeUnitsCost;
  if (typeof units === "number") return units === 0 ? "" : `${units} ${units === 1 ? "unit" : "units"}`;
  return answer?.error ? String(answer.error) : "Price unknown";
}

export class RepairPanel extends HTMLElement {
  #open = null;
  #form = null;
  #ids = "";
  #asked = 0;
  #about = "";
  #timer = 0;
  #urls = "";

  bind(scene, pictures) {
    Object.assign(this, { scene, pictures });
    this.head = h("h2", {});
    this.lead = h("p", { class: "hint" });
    this.kinds = REPAIRS.map((repair) => {
      const one = button(repair.kind, repair.word, () => this.#choose(repair), { title: repair.says });
      one.setAttribute("aria-expanded", "false");
      return one;
    });
    this.kindsGroup = h("div", { class: "kinds", role: "group", "aria-label": "Repairs" }, ...this.kinds);
    this.form = h("form", { hidden: true, novalidate: true });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#run();
    });
    this.fields = h("fieldset", { class: "all" }, this.kindsGroup, this.form);
    const out = document.createElement("selection-export");
    const place = document.createElement("layer-place");
    this.append(this.head, this.lead, out, place, this.fields);
    for (const part of [out, place]) part.bind(scene);
    scene.addEventListener("selection", () => this.#select());
    scene.addEventListener("stack", () => this.#stack());
    scene.addEventListener("marks", () => this.#form?.marks?.());
  }

  #stack() {
    const { stack } = this.scene;
    const urls = JSON.stringify(stack.layers.map((layer) => [layer.id, pictureOf(layer.url), layer.name]));
    if (urls !== this.#urls) this.#close();
    this.#urls = urls;
    this.fields.disabled = Boolean(stack.busy);
    this.#select();
  }

  #select() {
    const { scene } = this;
    const ids = scene.selection;
    const names = ids.map((id) => scene.name(id));
    this.head.textContent = ids.length === 0 ? "Repair" : ids.length === 1 ? names[0] : `${ids.length} layers`;
    this.head.title = names.join(", ");
    const ground = ids.length === 1 && ids[0] === scene.background;
    const advice = ids.length === 1 ? scene.layer(ids[0]).advice : "";
    this.lead.textContent =
      ids.length === 0
        ? "Choose a layer, here or on the picture, to put right what came out wrong. All other layers stay as they are."
        : advice || (ground ? "What is behind a layer can be refilled: choose that layer." : "");
    this.lead.hidden = !this.lead.textContent;
    this.kindsGroup.hidden = ids.length === 0;
    REPAIRS.forEach((repair, i) => {
      const fits = ids.length > 1 ? repair.many && !ids.includes(scene.background) : !ground;
      const enough = repair.kind !== "merge" || scene.order.length > 2;
      this.kinds[i].disabled = !fits || !enough;
    });
    const known = ids.join();
    if (known !== this.#ids) this.#close();
    this.#ids = known;
  }

  /** Open the repair of a kind and go on there. */
  open(kind) {
    const repair = REPAIRS.find((one) => one.kind === kind);
    if (this.#open !== repair) this.#choose(repair);
    this.form.querySelector("input, button")?.focus();
  }

  #choose(repair) {
    const opens = this.#open !== repair;
    this.#close();
    if (!opens) return;
    // Marks and brushes are drawn on the flat picture.
    if (MARKS.has(repair.kind)) this.scene.set({ mode: "layers" });
    this.#open = repair;
    const { scene } = this;
    this.#form = repair.form(scene, scene.selection, () => this.#changed(), this.pictures);
    this.price = h("output", { class: "price" });
    this.go = h("button", { type: "submit", class: "button primary" }, repair.does);
    this.form.replaceChildren(
      h("p", { class: "hint" }, repair.says),
      ...this.#form.parts,
      h("div", { class: "run" }, this.price, this.go),
    );
    this.form.hidden = false;
    this.kinds[REPAIRS.indexOf(repair)].setAttribute("aria-expanded", "true");
    this.#form.starts?.();
    this.#changed();
    this.form.scrollIntoView({ block: "nearest" });
  }

  #close() {
    clearTimeout(this.#timer);
    this.#asked++;
    this.#about = "";
    this.#open = this.#form = null;
    this.form.hidden = true;
    this.form.replaceChildren();
    for (const one of this.kinds) one.setAttribute("aria-expanded", "false");
    if (this.scene.brush) this.scene.paint(null);
    const { marking, box, points } = this.scene;
    if (marking || box || points.length) this.scene.mark({ marking: null, box: null, points: [] });
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
  }

  /** Ask for the price once the answers rest. */
  #changed() {
    if (!this.#form) return;
    const edits = this.#form.edits();
    this.go.disabled = edits === null;
    const about = JSON.stringify(edits);
    if (about === this.#about) return;
    this.#about = about;
    clearTimeout(this.#timer);
    this.price.textContent = "";
    const asked = ++this.#asked;
    if (edits === null) return;
    // What was painted is no mask of the service yet, so that nobody can price it.
    if (this.scene.stack.free || edits.some((edit) => edit.kind === "mask")) return;
    this.#timer = setTimeout(() => {
      this.price.textContent = "…";
      const reply = (answer) => {
        if (asked === this.#asked) this.price.textContent = priceWords(answer);
      };
      tell(this, "price", { edits, reply });
    }, PAUSE);
  }

  #run() {
    const edits = this.#form?.edits();
    if (!edits || this.scene.stack.busy) return;
    this.scene.mark({ marking: null });
    tell(this, "revise", { edits });
  }
}

/** <repair-progress>: what is being repaired, and how far it is. */
export class RepairProgress extends HTMLElement {
  bind(scene) {
    this.words = h("span", {});
    this.bar = h("progress", { max: 1, "aria-label": "Progress of the repair" });
    this.setAttribute("role", "status");
    this.append(h("span", { class: "spin" }, icon("redo")), this.words, this.bar);
    const update = () => {
      const { busy } = scene.stack;
      this.hidden = !busy;
      if (!busy) return;
      const words = busy.text || "Working on it";
      if (this.words.textContent !== words) this.words.textContent = words;
      if (typeof busy.progress === "number") this.bar.value = busy.progress;
      else this.bar.removeAttribute("value");
    };
    this.hidden = true;
    scene.addEventListener("stack", update);
  }
}

customElements.define("repair-panel", RepairPanel);
customElements.define("repair-progress", RepairProgress);
