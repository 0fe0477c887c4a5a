// <layer-canvas>: the picture over a checkerboard, with zoom and pan; layers are pointed at, picked and dragged here.

import { h } from "../dom.js";
import { Gestures } from "./gestures.js";
import { drawHandles } from "./handles.js";
import { drawMarks } from "./marks.js";
import { nameTag, outline } from "./outline.js";
import { corners, isUpright } from "./placing.js";
import { compose, composeInvented, pick } from "./sheet.js";
import { Viewport } from "./viewport.js";

const SQUARE = 8;
const HINT =
  "Plus and minus zoom, 0 fits, 1 shows 100 percent. " +
  "Arrow keys move the selected layers by a pixel, with Shift by ten; where none is selected, the view. " +
  "Square brackets select the layer above or below. Escape selects none. " +
  "Control Z undoes, with Shift it does again. A question mark lists all keys.";

export class LayerCanvas extends HTMLElement {
  view = new Viewport();
  #layers = document.createElement("canvas");
  #other = document.createElement("canvas");
  #invented = document.createElement("canvas");
  #overlay = document.createElement("canvas");
  #stale = true;
  #frame = 0;
  #patterns = new Map();
  #colours = new Map();

  bind(scene, pictures) {
    this.scene = scene;
    this.pictures = pictures;
    this.canvas = h("canvas", { tabindex: 0, role: "application", "aria-roledescription": "picture" });
    this.hint = h("p", { class: "visually-hidden", id: "layer-canvas-hint" }, HINT);
    this.canvas.setAttribute("aria-describedby", this.hint.id);
    this.ink = h("span", { hidden: true });
    this.append(this.canvas, this.hint, this.ink);
    this.gestures = new Gestures(this);
    const stale = () => this.refresh(true);
    scene.addEventListener("look", stale);
    pictures.addEventListener("load", stale);
    for (const type of ["selection", "hover", "mode", "marks"]) scene.addEventListener(type, () => this.refresh());
    scene.addEventListener("marks", () =>
      this.toggleAttribute("data-marking", scene.marking !== null || scene.brush !== null),
    );
    scene.addEventListener("stack", () => this.#label());
    new ResizeObserver(() => this.#resize()).observe(this);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      this.#colours.clear();
      this.refresh();
    });
  }

  /** Draw in the next frame; compose the layers again when one of them changed. */
  refresh(stale = false) {
    this.#stale ||= stale;
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  /** Id of the topmost layer under a point of the screen. */
  pick(x, y) {
    if (!this.scene.stack) return null;
    return pick(this.scene, this.pictures, ...this.view.toPicture(x, y));
  }

  /** Device pixels per CSS pixel. */
  get density() {
    return globalThis.devicePixelRatio || 1;
  }

  /** Zoom and tell whoever shows the zoom. */
  zoom(change) {
    change(this.view);
    this.refresh();
    this.dispatchEvent(new Event("zoom"));
  }

  #label() {
    const { width, height, layers } = this.scene.stack;
    this.canvas.setAttribute("aria-label", `Your picture, ${width} × ${height} pixels in ${layers.length} layers`);
    this.#resize();
  }

  #resize() {
    const { stack } = this.scene;
    const { clientWidth, clientHeight } = this;
    if (!stack || !clientWidth || !clientHeight) return;
    const [width, height] = [clientWidth, clientHeight].map((side) => Math.round(side * this.density));
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
    this.zoom((view) => view.resize(width, height, stack));
  }

  #draw() {
    const { scene, canvas, view } = this;
    if (!scene.stack || scene.mode === "exploded") return;
    if (this.#stale) this.#compose();
    this.#stale = false;
    const context = canvas.getContext("2d");
    const { width, height } = scene.stack;
    const [across, down] = [Math.round(width * view.scale), Math.round(height * view.scale)];
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.fillStyle = this.#checkers(context);
    context.fillRect(view.x, view.y, across, down);
    // Enlarged pixels are shown as they are, unless they are those of a reduced preview.
    context.imageSmoothingEnabled = view.scale < 1 || this.#layers.width < width;
    context.imageSmoothingQuality = "high";
    const place = (sheet) => context.drawImage(sheet, view.x, view.y, across, down);
    if (scene.mode === "compare") this.#compare(context, place, across, down);
    else place(this.#layers);
    if (scene.invented) this.#hatch(context);
    if (scene.mode === "layers") this.#outlines(context);
    if (scene.brush) this.#paint(context, across, down);
    drawHandles(context, scene, view, this.density, this.#colour("--accent"));
    drawMarks(context, scene, view, this.density, this.#colour("--accent"), this.gestures.crosshair);
    this.dispatchEvent(new Event("drawn"));
  }

  #compose() {
    const { scene, pictures } = this;
    compose(this.#layers, scene, pictures);
    if (scene.mode === "compare") compose(this.#other, scene, pictures, true);
    if (scene.invented) composeInvented(this.#invented, scene, pictures);
  }

  #compare(context, place, across, down) {
    const { scene, view, pictures } = this;
    const at = Math.round(across * scene.divide);
    const clip = (x, width, draw) => {
      context.save();
      context.beginPath();
      context.rect(view.x + x, view.y, width, down);
      context.clip();
      draw();
      context.restore();
    };
    clip(0, at, () => {
      context.translate(view.x, view.y);
      pictures.original?.draw(context, across, down);
    });
    clip(at, across - at, () => place(scene.after === "background" ? this.#other : this.#layers));
  }

  #hatch(context) {
    const { width, height } = this.canvas;
    Object.assign(this.#overlay, { width, height });
    const overlay = this.#overlay.getContext("2d");
    const { view, scene } = this;
    overlay.drawImage(this.#invented, view.x, view.y, scene.stack.width * view.scale, scene.stack.height * view.scale);
    overlay.globalCompositeOperation = "source-in";
    overlay.fillStyle = this.#stripes(overlay);
    overlay.fillRect(0, 0, width, height);
    context.drawImage(this.#overlay, 0, 0);
  }

  /** What is painted, in the colour of its layer. */
  #paint(context, across, down) {
    const { scene, view } = this;
    const { whole } = scene.brush.brush;
    const tint = new OffscreenCanvas(this.canvas.width, this.canvas.height);
    const on = tint.getContext("2d");
    on.drawImage(whole, view.x, view.y, across, down);
    on.globalCompositeOperation = "source-in";
    on.fillStyle = this.#colour(scene.hue(scene.brush.layer));
    on.fillRect(0, 0, tint.width, tint.height);
    context.globalAlpha = 0.5;
    context.drawImage(tint, 0, 0);
    context.globalAlpha = 1;
  }

  #outlines(context) {
    const { scene, pictures, view } = this;
    const draw = (id, strength) => {
      const piece = pictures.layers.get(id);
      if (!piece || !scene.seen(id) || id === scene.background) return;
      if (!isUpright(scene.look(id))) return;
      context.globalAlpha = strength;
      outline(context, piece, view, scene.stack, scene.look(id), this.#colour(scene.hue(id)), 1.5 * this.density);
      context.globalAlpha = 1;
    };
    const { hovered } = scene;
    if (hovered && !scene.selection.includes(hovered)) draw(hovered, 0.6);
    for (const id of scene.selection) draw(id, 1);
    if (!hovered || hovered === scene.background || scene.marking || !scene.seen(hovered)) return;
    const ends = corners(scene.look(hovered), scene.layer(hovered).bbox);
    const at = view.toScreen(Math.min(...ends.map(([x]) => x)), Math.min(...ends.map(([, y]) => y)));
    nameTag(
      context,
      scene.name(hovered),
      ...at,
      this.#colour(scene.hue(hovered)),
      this.#colour("--hue-text"),
      this.density,
    );
  }

  /** What a custom property of a colour comes to here. */
  #colour(property) {
    if (!this.#colours.has(property)) {
      this.ink.style.color = `var(${property})`;
      this.#colours.set(property, getComputedStyle(this.ink).color);
    }
    return this.#colours.get(property);
  }

  /** A pattern drawn once for a density and its colours. */
  #pattern(context, name, side, colours, paint) {
    const key = [name, side, ...colours].join();
    if (!this.#patterns.has(key)) {
      const tile = Object.assign(document.createElement("canvas"), { width: side, height: side });
      paint(tile.getContext("2d"));
      this.#patterns.set(key, context.createPattern(tile, "repeat"));
    }
    return this.#patterns.get(key);
  }

  #checkers(context) {
    const square = Math.round(SQUARE * this.density);
    const colours = [this.#colour("--checker-b"), this.#colour("--checker-a")];
    return this.#pattern(context, "checkers", 2 * square, colours, (tile) => {
      tile.fillStyle = colours[1];
      tile.fillRect(0, 0, 2 * square, 2 * square);
      tile.fillStyle = colours[0];
      tile.fillRect(0, 0, square, square);
      tile.fillRect(square, square, square, square);
    });
  }

  #stripes(context) {
    const side = Math.round(9 * this.density);
    return this.#pattern(context, "stripes", side, [], (tile) => {
      tile.fillStyle = "rgb(236 38 143 / 0.38)";
      tile.fillRect(0, 0, side, side);
      tile.strokeStyle = "rgb(236 38 143)";
      tile.lineWidth = side / 4.5;
      for (const shift of [-side, 0, side]) {
        tile.beginPath();
        tile.moveTo(shift - 2, side + 2);
        tile.lineTo(shift + side + 2, -2);
        tile.stroke();
      }
    });
  }
}

customElements.define("layer-canvas", LayerCanvas);
