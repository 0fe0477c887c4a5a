// <exploded-view>: the layers as sheets one behind the other in space, each with its name; turned by drag and arrows.

import { h } from "../dom.js";
import { fitted, project } from "./space.js";

const TEXTURE = 1000;
const POSE = { turn: 34, tilt: 24, spread: 0.7 };
const LABEL = 30;
const OPENING = 700;
const SVG = "http://www.w3.org/2000/svg";

export class ExplodedView extends HTMLElement {
  pose = { ...POSE, zoom: 1 };
  #sheets = new Map();
  #frame = 0;
  #share = 1;

  bind(scene, pictures) {
    Object.assign(this, { scene, pictures });
    this.world = h("div", { class: "world" });
    this.space = h("div", {
      class: "space",
      tabindex: 0,
      role: "application",
      "aria-roledescription": "exploded view",
      "aria-label": "The layers in space. Arrow keys turn them, plus and minus zoom, 0 turns back.",
    });
    this.space.append(this.world);
    this.leaders = document.createElementNS(SVG, "svg");
    this.leaders.setAttribute("aria-hidden", "true");
    this.labels = h("div", { class: "labels", role: "group", "aria-label": "Layers in space" });
    this.slider = h("input", { type: "range", min: 0, max: 150, value: POSE.spread * 100 });
    this.slider.addEventListener("input", () => this.#turn({ spread: this.slider.valueAsNumber / 100 }));
    this.append(this.space, this.leaders, this.labels, h("label", { class: "spread" }, "Spread ", this.slider));
    this.space.addEventListener("pointerdown", (event) => this.#grab(event));
    this.space.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    this.space.addEventListener("keydown", (event) => this.#key(event));
    scene.addEventListener("mode", () => this.#mode());
    for (const type of ["look", "selection", "hover", "stack"]) scene.addEventListener(type, () => this.refresh());
    pictures.addEventListener("load", () => this.refresh());
    new ResizeObserver(() => this.refresh()).observe(this);
    this.hidden = true;
  }

  refresh() {
    if (this.hidden) return;
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #mode() {
    const opens = this.hidden && this.scene.mode === "exploded";
    this.hidden = this.scene.mode !== "exploded";
    if (!opens) return;
    this.#share = 1;
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) this.#unfold();
    this.refresh();
  }

  /** From the flat picture to the pose. */
  #unfold() {
    const start = performance.now();
    const step = (now) => {
      const done = Math.min(1, Math.max(0, (now - start) / OPENING));
      this.#share = 1 - (1 - done) ** 3;
      this.#draw();
      if (done < 1 && !this.hidden) requestAnimationFrame(step);
    };
    this.#share = 0;
    requestAnimationFrame(step);
  }

  #turn(part) {
    Object.assign(this.pose, part);
    const limit = (value, most) => Math.max(-most, Math.min(most, value));
    this.pose.turn = limit(this.pose.turn, 85);
    this.pose.tilt = limit(this.pose.tilt, 80);
    this.pose.zoom = Math.max(0.4, Math.min(5, this.pose.zoom));
    this.refresh();
  }

  #draw() {
    const { scene, pictures } = this;
    const { stack } = scene;
    const [width, height] = [this.clientWidth, this.clientHeight];
    if (!stack || !width || this.hidden) return;
    const aside = Math.min(200, width * 0.3);
    const share = this.#share;
    const pose = {
      turn: this.pose.turn * share,
      tilt: this.pose.tilt * share,
      depth: this.pose.spread * Math.max(stack.width, stack.height) * share,
    };
    const room = { width: width - aside - 24, height: height - 72 };
    const { scale, x, y, far } = fitted(stack, pose, room, share === 1 ? this.pose.zoom : 1);
    const [left, top] = [12 + room.width / 2 + x, 12 + room.height / 2 + y];
    this.space.style.perspective = `${far}px`;
    this.space.style.perspectiveOrigin = `${left}px ${top}px`;
    this.world.style.transform = `translate(${left}px, ${top}px) rotateX(${pose.tilt}deg) rotateY(${pose.turn}deg)`;
    const ids = stack.layers.map((layer) => layer.id);
    for (const [id, sheet] of this.#sheets) {
      if (ids.includes(id)) continue;
      sheet.plane.remove();
      sheet.label.remove();
      sheet.line.remove();
      this.#sheets.delete(id);
    }
    const last = Math.max(1, scene.order.length - 1);
    const corners = scene.order.map((id, at) => {
      const sheet = this.#sheet(id);
      const z = (at / last - 0.5) * pose.depth * scale;
      this.#place(sheet, id, pictures.layers.get(id), scale, z);
      const [across, down] = project((stack.width / 2) * scale, (stack.height / 2) * scale, z, pose, far);
      return { sheet, id, x: left + across, y: top + down };
    });
    this.#name(corners, width - aside, height, share);
  }

  #sheet(id) {
    if (!this.#sheets.has(id)) {
      const { scene } = this;
      const picture = h("canvas", { onclick: () => this.#moved || scene.select(id) });
      picture.dataset.layer = id;
      const plane = h("div", { class: "plane" }, picture);
      const select = (event) => scene.select(id, event.shiftKey || event.ctrlKey || event.metaKey ? "toggle" : "only");
      const label = h("button", { type: "button", class: "label-tag", "data-layer": id, onclick: select });
      label.addEventListener("dblclick", () => this.closest("stack-view").rename(id));
      label.append(h("span", { dir: "auto" }));
      const line = document.createElementNS(SVG, "polyline");
      for (const part of [picture, label]) {
        part.addEventListener("pointerenter", () => scene.hover(id));
        part.addEventListener("pointerleave", () => scene.hover(null));
      }
      this.world.append(plane);
      this.labels.prepend(label);
      this.leaders.append(line);
      this.#sheets.set(id, { plane, picture, label, line, drawn: null });
    }
    return this.#sheets.get(id);
  }

  #moved = false;

  #place(sheet, id, piece, scale, z) {
    const { scene } = this;
    const { width, height } = scene.stack;
    const { plane, picture, label } = sheet;
    const { opacity } = scene.look(id);
    const chosen = scene.selection.includes(id);
    plane.style.width = `${width * scale}px`;
    plane.style.height = `${height * scale}px`;
    plane.style.transform = `translate3d(${(-width * scale) / 2}px, ${(-height * scale) / 2}px, ${z}px)`;
    for (const part of [plane, label, sheet.line]) part.style.setProperty("--layer", `var(${scene.hue(id)})`);
    plane.toggleAttribute("data-chosen", chosen);
    plane.toggleAttribute("data-hover", scene.hovered === id);
    picture.style.opacity = scene.seen(id) ? opacity : 0.12;
    if (piece && sheet.drawn !== piece) {
      sheet.drawn = piece;
      paint(picture, piece);
      plane.dataset.tone = id === scene.background ? "middle" : piece.tone;
      picture.style.left = `${(piece.x / piece.frameWidth) * 100}%`;
      picture.style.top = `${(piece.y / piece.frameHeight) * 100}%`;
      picture.style.width = `${(piece.bitmap.width / piece.frameWidth) * 100}%`;
      picture.style.height = `${(piece.bitmap.height / piece.frameHeight) * 100}%`;
    }
  }

  /** Names in a column, joined to the corners of their sheets by lines that do not cross. */
  #name(corners, column, height, share) {
    corners.sort((a, b) => a.y - b.y || b.x - a.x);
    const gap = Math.min(LABEL, (height - 24) / corners.length);
    const ends = corners.map((corner) => Math.max(gap / 2 + 8, corner.y));
    for (let i = 1; i < ends.length; i++) ends[i] = Math.max(ends[i], ends[i - 1] + gap);
    const most = height - 24;
    for (let i = ends.length - 1; i >= 0; i--) ends[i] = Math.min(ends[i], (ends[i + 1] ?? most + gap) - gap);
    const { scene } = this;
    corners.forEach(({ sheet, id, x, y }, i) => {
      const { label, line } = sheet;
      const [text] = label.children;
      if (text.textContent !== scene.name(id)) text.textContent = scene.name(id);
      label.title = scene.name(id);
      label.style.transform = `translate(${column}px, ${ends[i] - 14}px)`;
      label.setAttribute("aria-pressed", String(scene.selection.includes(id)));
      label.toggleAttribute("data-hover", scene.hovered === id);
      label.toggleAttribute("data-hidden", !scene.seen(id));
      line.setAttribute("points", `${x},${y} ${column - 14},${ends[i]} ${column - 2},${ends[i]}`);
      line.toggleAttribute("data-hover", scene.hovered === id || scene.selection.includes(id));
    });
    this.labels.style.opacity = this.leaders.style.opacity = Math.max(0, share * 3 - 2);
  }

  #grab(event) {
    if (event.button) return;
    this.#moved = false;
    let last = [event.clientX, event.clientY];
    const start = last;
    const move = (event) => {
      const at = [event.clientX, event.clientY];
      this.#moved ||= Math.hypot(at[0] - start[0], at[1] - start[1]) > 4;
      const { turn, tilt } = this.pose;
      this.#turn({ turn: turn + (at[0] - last[0]) * 0.35, tilt: tilt - (at[1] - last[1]) * 0.35 });
      last = at;
    };
    const end = () => {
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", end);
      removeEventListener("pointercancel", end);
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", end);
    addEventListener("pointercancel", end);
  }

  #wheel(event) {
    event.preventDefault();
    this.#turn({ zoom: this.pose.zoom * Math.exp(-event.deltaY * 0.0015) });
  }

  #key(event) {
    const { turn, tilt, zoom } = this.pose;
    const keys = {
      ArrowLeft: { turn: turn - 5 },
      ArrowRight: { turn: turn + 5 },
      ArrowUp: { tilt: tilt + 5 },
      ArrowDown: { tilt: tilt - 5 },
      "+": { zoom: zoom * 1.2 },
      "=": { zoom: zoom * 1.2 },
      "-": { zoom: zoom / 1.2 },
      0: { ...POSE, zoom: 1 },
    };
    if (!(event.key in keys) || event.ctrlKey || event.metaKey || event.altKey) return;
    this.#turn(keys[event.key]);
    this.slider.value = this.pose.spread * 100;
    event.preventDefault();
  }
}

/** The piece on a canvas of its own, no larger than a sheet can be seen. */
function paint(canvas, { bitmap }) {
  const scale = Math.min(1, TEXTURE / Math.max(bitmap.width, bitmap.height));
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
}

customElements.define("exploded-view", ExplodedView);
