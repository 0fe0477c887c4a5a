// <layer-row>: one layer of the list.

import { h, tell } from "../dom.js";
import { button, icon } from "../icons.js";

/** Of a thumbnail, in pixels of the page; it is wider than high, as lines of text are. */
const [WIDTH, HEIGHT] = [60, 44];
/** Confidence below which the service calls a layer uncertain; how sure it is otherwise says little. */
const GUESS = 0.5;

export class LayerRow extends HTMLElement {
  #drawn = null;

  constructor(id, scene, pictures) {
    super();
    this.layer = id;
    this.scene = scene;
    this.pictures = pictures;
  }

  connectedCallback() {
    if (this.firstChild) return;
    const { scene, layer: id } = this;
    this.setAttribute("role", "row");
    this.dataset.layer = id;
    this.grip = h("span", { class: "grip", title: "Drag to reorder (Alt + arrow keys)" }, icon("grip"));
    this.thumb = h("canvas", { width: WIDTH * 2, height: HEIGHT * 2, class: "thumb" });
    this.thumb.setAttribute("aria-hidden", "true");
    this.thumb.title = "Drag it to your desktop as a PNG";
    this.thumb.draggable = true;
    this.thumb.addEventListener("dragstart", (event) => this.#dragOut(event));
    this.title_ = h("span", { class: "name", dir: "auto", ondblclick: () => this.rename() });
    this.note = h("span", { class: "note" });
    this.eye = button("eye", "", () => scene.toggleSeen(id), { bare: true });
    this.only = button("solo", "", () => scene.toggleSolo(id), { bare: true });
    this.slider = h("input", { type: "range", min: 0, max: 100, step: 1 });
    this.slider.addEventListener("input", () => scene.change(id, { opacity: this.slider.valueAsNumber / 100 }, true));
    this.slider.addEventListener("change", () => scene.settle());
    this.share = h("output", {});
    const cell = (name, ...children) => h("div", { role: "gridcell", class: name }, ...children);
    this.append(
      cell("what", this.grip, this.thumb, h("span", { class: "words" }, this.title_, this.note)),
      cell("switches", this.only, this.eye),
      cell("opacity", h("label", {}, h("span", {}, "Opacity"), this.slider, this.share)),
    );
    this.addEventListener("click", (event) => this.#click(event));
    this.addEventListener("pointerdown", (event) => this.#grab(event));
    this.addEventListener("pointerenter", () => scene.hover(id));
    this.addEventListener("pointerleave", () => scene.hover(null));
    this.update();
    this.paint();
  }

  /** Whether the Tab key reaches this row and its controls. */
  reach(yes) {
    const index = yes ? 0 : -1;
    this.tabIndex = index;
    for (const control of this.querySelectorAll("button, input")) control.tabIndex = index;
  }

  update() {
    const { scene, layer: id } = this;
    const layer = scene.layer(id);
    if (!this.firstChild || !layer) return;
    const name = scene.name(id);
    const { opacity, blend } = scene.look(id);
    const seen = scene.seen(id);
    const ground = id === scene.background;
    if (this.title_.textContent !== name) this.title_.textContent = name;
    this.title_.title = name;
    const facts = [layer.role === name ? "" : layer.role];
    if (!ground && typeof layer.confidence === "number" && layer.confidence < GUESS) facts.push("a guess");
    if (scene.isMoved(id)) facts.push("moved");
    if (blend !== "normal") facts.push(blend);
    if (this.pictures.failed.has(layer.url)) facts.push("its picture did not load");
    this.note.textContent = facts.filter(Boolean).join(" · ");
    const percent = Math.round(opacity * 100);
    this.slider.value = percent;
    this.slider.setAttribute("aria-label", `Opacity of ${name}`);
    this.share.textContent = `${percent} %`;
    this.#name(this.eye, `${seen ? "Hide" : "Show"} ${name}`, seen ? "eye" : "hidden");
    this.#name(this.only, scene.isAlone(id) ? "Show all layers again" : `Show only ${name}`, "solo");
    this.only.setAttribute("aria-pressed", String(scene.isAlone(id)));
    this.grip.toggleAttribute("data-still", ground);
    this.style.setProperty("--layer", `var(${scene.hue(id)})`);
    const selected = scene.selection.includes(id);
    this.setAttribute("aria-selected", String(selected));
    this.setAttribute("aria-label", `${name}, ${this.note.textContent}${seen ? "" : ", hidden"}`);
    this.toggleAttribute("data-hidden", !seen);
    this.toggleAttribute("data-faded", opacity < 1);
  }

  #name(control, word, drawing) {
    if (control.title === word) return;
    control.title = word;
    control.setAttribute("aria-label", word);
    control.replaceChildren(icon(drawing));
  }

  paint() {
    const piece = this.pictures.layers.get(this.layer);
    if (!this.thumb || !piece || piece === this.#drawn) return;
    this.#drawn = piece;
    const { width, height } = this.thumb;
    const { bitmap } = piece;
    const scale = Math.min((width - 8) / bitmap.width, (height - 8) / bitmap.height);
    const [across, down] = [bitmap.width * scale, bitmap.height * scale];
    const context = this.thumb.getContext("2d");
    context.clearRect(0, 0, width, height);
    context.imageSmoothingQuality = "high";
    context.drawImage(bitmap, (width - across) / 2, (height - down) / 2, across, down);
    this.thumb.dataset.tone = piece.tone;
  }

  /** Ask for another name in place of the old one. */
  rename() {
    const { scene, layer: id } = this;
    if (this.querySelector("input.rename")) return;
    const old = scene.name(id);
    const field = h("input", {
      class: "rename",
      value: old,
      maxlength: scene.stack.limits.name,
      "aria-label": `New name of ${old}`,
    });
    let done = false;
    const end = (keep) => {
      if (done) return;
      done = true;
      const name = field.value.trim();
      field.replaceWith(this.title_);
      this.focus();
      if (!keep || !name || name === old) return;
      scene.change(id, { name: name === scene.layer(id).name ? "" : name });
    };
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === "Escape") end(event.key === "Enter");
      event.stopPropagation();
    });
    field.addEventListener("blur", () => end(true));
    this.title_.replaceWith(field);
    field.focus();
    field.select();
  }

  #click(event) {
    if (event.target.closest("button, input, label")) return;
    const how = event.shiftKey ? "range" : event.ctrlKey || event.metaKey ? "toggle" : "only";
    this.scene.select(this.layer, how);
    this.focus();
  }

  /** The little picture leads out of the page: as a file where the browser can, else as its address. */
  #dragOut(event) {
    const link = (url, name) => {
      const address = url ?? this.scene.layer(this.layer).file;
      event.dataTransfer.setData("DownloadURL", `image/png:${name}:${address}`);
      event.dataTransfer.setData("text/uri-list", address);
      event.dataTransfer.effectAllowed = "copy";
    };
    tell(this, "drag-out", { layer: this.layer, link });
  }

  /** Drag the row to another place: by mouse from anywhere on it, by touch from its grip, as a list must scroll. */
  #grab(event) {
    const { scene, layer: id } = this;
    if (event.button || event.target.closest("button, input, label, .thumb") || id === scene.background) return;
    if (event.pointerType !== "mouse" && !event.target.closest(".grip")) return;
    const start = event.clientY;
    let moved = false;
    const move = (event) => {
      moved ||= Math.abs(event.clientY - start) > 5;
      if (!moved) return;
      this.setPointerCapture(event.pointerId);
      this.toggleAttribute("data-drag", true);
      const rows = [...this.parentElement.children].filter((row) => row !== this);
      const above = rows.filter((row) => {
        const box = row.getBoundingClientRect();
        return event.clientY > box.top + box.height / 2;
      }).length;
      const at = rows.length - above;
      if (scene.order.indexOf(id) !== Math.max(1, at)) scene.place(id, at, true);
    };
    const end = () => {
      scene.settle();
      this.removeAttribute("data-drag");
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", end);
      removeEventListener("pointercancel", end);
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", end);
    addEventListener("pointercancel", end);
  }
}

customElements.define("layer-row", LayerRow);
