// <picture-stage>: a picture with named boxes and points on it. `.picture` is {url, width, height, alt}; `.marks` are
// {key, name, box | point, state}, front first; `.tool` is "select", "box" or "point"; `.editable` lets marks be moved.
// A mark with a `mask` {url} over its box is a tint with an outline. Tells "mark-made" {box | point, byKey, how}, where `how`
// is "new", "add" (Shift) or "take" (Alt), "mark-moved" {key, box | point}, "mark-chosen" and "mark-removed" {key},
// "mask-lost" {url}. With the tool "brush" (`.how()` gives how) the chosen mark's mask is painted: "brush-new" {} where none is
// chosen, "brushed" {key, brush} after each stroke. Wheel, pinch and the keys + - 0 zoom; with the space bar or the middle button the picture is moved.

import { Brush } from "../brush/brush.js";
import { announce, fill, h, tell } from "../dom.js";
import { boxWithin } from "../plan.js";
import { Viewport } from "../stack/viewport.js";
import { Tints } from "./tints.js";

const HUES = 8;
const CORNERS = ["nw", "ne", "sw", "se"];
const CLICK = 5; // pixels a pointer may stray and still have clicked

export class PictureStage extends HTMLElement {
  #picture = null;
  #marks = [];
  #chosen = null;
  #tool = "select";
  #image = h("img", { class: "stage-image", draggable: "false" });
  #layer = h("div", { class: "stage-marks" });
  #canvas = h("canvas", { class: "stage-tints", "aria-hidden": "true" });
  #frame = h("div", { class: "stage-frame" }, this.#image, this.#canvas, this.#layer);
  #ink = h("span", { hidden: true });
  #view = new Viewport();
  #tints = new Tints(
    () => this.#draw(),
    (url) => tell(this, "mask-lost", { url }),
  );
  #hovered = null;
  #pinch = new Map();
  #space = false;
  /** Whether a mark is being dragged. */
  dragging = false;
  #brushes = new Map();
  #frameAsked = 0;
  /** How a brush paints now; see brush.js. */
  how = null;
  #ending = null;
  #drawn = h("div", { class: "stage-drawn", hidden: true });
  #size = new ResizeObserver(() => this.#fit());
  editable = false;

  connectedCallback() {
    this.classList.add("stage-picture");
    this.append(this.#frame, this.#ink);
    this.#frame.append(this.#drawn);
    this.#ending = new AbortController();
    const { signal } = this.#ending;
    this.#frame.addEventListener("pointerdown", (event) => this.#press(event), { signal });
    this.#frame.addEventListener("pointermove", (event) => this.#hover(event), { signal });
    this.#frame.addEventListener("pointerleave", () => this.#light(null), { signal });
    this.addEventListener("wheel", (event) => this.#wheel(event), { passive: false, signal });
    for (const type of ["keydown", "keyup"]) addEventListener(type, (event) => this.#hold(event), { signal });
    this.#size.observe(this);
  }

  disconnectedCallback() {
    this.#size.disconnect();
    this.#ending.abort();
  }

  /** Zoom by a factor, or with null show all of it. */
  zoom(factor) {
    if (factor === null) this.#view.fit();
    else this.#view.zoomBy(factor);
    this.#place();
  }

  set picture(picture) {
    this.#picture = picture;
    this.#image.src = picture.url;
    this.#image.alt = picture.alt;
    this.#fit();
  }

  set marks(marks) {
    this.#marks = marks;
    this.#draw();
  }

  set chosen(key) {
    this.#chosen = key;
    this.#draw();
  }

  set tool(tool) {
    this.#tool = tool;
    this.dataset.tool = tool;
  }

  /** A mark in the middle, for those who use no pointer; it gets the focus. */
  markMiddle(tool) {
    const { width, height } = this.#picture;
    if (tool === "point")
      tell(this, "mark-made", { point: [Math.floor(width / 2), Math.floor(height / 2)], byKey: true });
    else
      tell(this, "mark-made", {
        box: [width * 0.35, height * 0.35, width * 0.65, height * 0.65].map(Math.round),
        byKey: true,
      });
    announce("Marked in the middle. Arrow keys move the mark, Shift with arrow keys changes its size.");
  }

  focusMark(key) {
    this.#layer.querySelector(`[data-key="${key}"]`)?.focus();
  }

  /** The key of the mark at a place of the page, or null. */
  keyAt(event) {
    return this.#markAt(this.#at(event))?.key ?? null;
  }

  /** A place of the page as a pixel of the picture. */
  placeOf(event) {
    const { width, height } = this.#picture;
    const [x, y] = this.#at(event);
    return [Math.min(x, width - 1), Math.min(y, height - 1)];
  }

  #fit() {
    if (!this.#picture || !this.isConnected) return;
    const { width, height } = this.#picture;
    this.#view.resize(this.clientWidth, this.clientHeight, { width, height });
    this.#place();
  }

  #place() {
    const { width, height } = this.#picture;
    const { x, y, scale } = this.#view;
    const { style } = this.#frame;
    [style.left, style.top] = [`${x}px`, `${y}px`];
    [style.width, style.height] = [`${Math.round(width * scale)}px`, `${Math.round(height * scale)}px`];
    this.#tint();
  }

  #wheel(event) {
    if (!this.#picture) return;
    event.preventDefault();
    const box = this.getBoundingClientRect();
    const speed = event.ctrlKey ? 0.01 : event.deltaMode ? 0.05 : 0.0015;
    this.#view.zoomBy(Math.exp(-event.deltaY * speed), event.clientX - box.left, event.clientY - box.top);
    this.#place();
  }

  #hold(event) {
    const writes = event.target.closest?.("input, textarea, select, button, [contenteditable]");
    if (event.key === " " && !writes) {
      this.#space = event.type === "keydown";
      this.toggleAttribute("data-pan", this.#space);
      event.preventDefault();
    }
    if (event.type !== "keydown" || writes || event.ctrlKey || event.metaKey || event.altKey) return;
    const factor = { "+": 1.25, "=": 1.25, "-": 0.8, 0: null }[event.key];
    if (factor !== undefined && this.#picture && this.editable) this.zoom(factor);
  }

  // ---------------------------------------------------------------------------------------------------------- tints

  #tint() {
    if (!this.#picture || !this.isConnected) return;
    const density = globalThis.devicePixelRatio || 1;
    // Never larger than a screen is: what is beyond it is not seen.
    const most = 4096;
    const scale = Math.min(this.#view.scale * density, most / Math.max(this.#picture.width, this.#picture.height));
    const [width, height] = [this.#picture.width, this.#picture.height].map((side) =>
      Math.max(1, Math.round(side * scale)),
    );
    if (this.#canvas.width !== width || this.#canvas.height !== height) Object.assign(this.#canvas, { width, height });
    this.#tints.draw(
      this.#canvas,
      this.#marks,
      scale,
      (mark) => this.#colour(this.#marks.indexOf(mark)),
      ({ key }) => (key === this.#chosen ? "chosen" : key === this.#hovered ? "over" : "rest"),
      ({ key }) => this.#brushes.get(key),
    );
  }

  #soon() {
    this.#frameAsked ||= requestAnimationFrame(() => {
      this.#frameAsked = 0;
      this.#tint();
    });
  }

  /** What is painted on a mark is its mask now. */
  painted(key) {
    this.#brushes.delete(key);
    this.#tint();
  }

  /** A brush on the chosen mark, with what is there already as its base. */
  #brush() {
    if (!this.#byKey(this.#chosen)) tell(this, "brush-new", {});
    const mark = this.#byKey(this.#chosen);
    if (!mark) return null;
    if (!this.#brushes.has(mark.key)) {
      const { width, height } = this.#picture;
      const brush = new Brush({ width, height }, this.#tints.base(mark), this.#image);
      brush.ready.then(() => this.#soon());
      this.#brushes.set(mark.key, brush);
    }
    return { key: mark.key, brush: this.#brushes.get(mark.key) };
  }

  #colour(at) {
    this.#ink.style.color = `var(--hue-${(at % HUES) + 1})`;
    return getComputedStyle(this.#ink).color;
  }

  /** The frontmost mark at a point of the picture, a chosen one before others that are boxes only. */
  #markAt([x, y]) {
    const there = this.#marks.filter((mark) => this.#tints.covers(mark, x, y));
    return there.find((mark) => this.#tints.isMasked(mark)) ?? there.sort((a, b) => area(a) - area(b))[0] ?? null;
  }

  #hover(event) {
    if (event.pointerType !== "mouse" || event.buttons || this.#tool !== "select") return;
    this.#light(this.#markAt(this.#at(event))?.key ?? null);
  }

  #light(key) {
    if (this.#hovered === key) return;
    this.#hovered = key;
    this.dataset.over = key === null ? "" : "mark";
    this.#tint();
  }

  /** A place of the page in pixels of the picture. */
  #at({ clientX, clientY }) {
    const bounds = this.#frame.getBoundingClientRect();
    const { width, height } = this.#picture;
    return [
      clamp(Math.floor(((clientX - bounds.left) / bounds.width) * width), width),
      clamp(Math.floor(((clientY - bounds.top) / bounds.height) * height), height),
    ];
  }

  #draw() {
    if (!this.#picture) return;
    const held = this.#layer.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    const ordered = this.#marks.map((mark, at) => [mark, at]).sort(([a], [b]) => area(b) - area(a));
    fill(
      this.#layer,
      ordered.map(([mark, at]) => this.#mark(mark, at)),
    );
    if (held) this.focusMark(held);
    this.#tint();
  }

  #mark(mark, at) {
    const { width, height } = this.#picture;
    const [left, top, right, bottom] = (mark.box && this.#tints.tight(mark)) ?? [
      mark.point[0],
      mark.point[1],
      mark.point[0],
      mark.point[1],
    ];
    const chosen = mark.key === this.#chosen;
    const tag = h("span", { class: "mark-tag" }, h("b", {}, at + 1), " ", h("span", {}, mark.name || "unnamed"));
    const element = h(
      this.editable ? "button" : "div",
      {
        class: mark.point ? "mark-point" : "mark-box",
        "data-key": mark.key,
        "data-state": mark.state ?? "",
        "data-chosen": String(chosen),
        "data-low": top > height * 0.06 ? null : true,
        "data-masked": mark.mask ? true : null,
        "data-waits": mark.waits ? true : null,
        "data-made": mark.made ? true : null,
        role: this.editable ? null : "img",
        "aria-label": `${at + 1} ${mark.name || "unnamed"}, ${mark.point ? "point" : mark.mask ? "thing" : "box"}`,
        "aria-description": this.editable
          ? "Arrow keys move it, Shift with arrow keys changes its size, Delete removes it"
          : null,
        onkeydown: (event) => this.editable && this.#key(event, mark),
        onfocus: () => this.editable && chosen === false && tell(this, "mark-chosen", { key: mark.key }),
      },
      // It may go with the job before it is shown.
      mark.made
        ? h("img", { class: "mark-made", src: mark.made, alt: "", onerror: (event) => event.target.remove() })
        : null,
      tag,
      chosen && mark.box && this.editable
        ? CORNERS.map((corner) => h("i", { class: "mark-corner", "data-corner": corner }))
        : null,
    );
    element.style.left = `${(100 * left) / width}%`;
    element.style.top = `${(100 * top) / height}%`;
    if (mark.box) {
      element.style.width = `${(100 * (right - left)) / width}%`;
      element.style.height = `${(100 * (bottom - top)) / height}%`;
    }
    element.style.setProperty("--hue", `var(--hue-${(at % HUES) + 1})`);
    return element;
  }

  #key(event, mark) {
    if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      tell(this, "mark-removed", { key: mark.key });
      return;
    }
    const towards = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!towards) return;
    event.preventDefault();
    const { width, height } = this.#picture;
    const step = event.ctrlKey ? 1 : Math.max(1, Math.round(Math.max(width, height) / 100));
    const [dx, dy] = towards.map((one) => one * step);
    this.#move(mark, event.shiftKey ? [0, 0, dx, dy] : [dx, dy, dx, dy]);
  }

  /** Move the four sides of a mark's box, or its point by the first two. */
  #move(mark, by) {
    const { width, height } = this.#picture;
    if (mark.point) {
      const point = [mark.point[0] + by[0], mark.point[1] + by[1]];
      tell(this, "mark-moved", { key: mark.key, point: [clamp(point[0], width - 1), clamp(point[1], height - 1)] });
      return;
    }
    const [left, top, right, bottom] = mark.box;
    let [a, b, c, d] = by;
    if (a === c && b === d) {
      // A box that is moved keeps its size at the border.
      a = c = Math.max(-left, Math.min(width - right, a));
      b = d = Math.max(-top, Math.min(height - bottom, b));
    }
    tell(this, "mark-moved", {
      key: mark.key,
      box: boxWithin([left + a, top + b, right + c, bottom + d], width, height),
    });
  }

  #press(event) {
    if (!this.editable || !this.#picture || event.button > 1) return;
    this.#pinch.set(event.pointerId, event);
    const pans = event.button === 1 || this.#space || this.#pinch.size > 1;
    const start = this.#at(event);
    const held = event.target.closest?.("[data-key]");
    const corner = event.target.dataset?.corner;
    const painting = this.#tool === "brush" && !pans && this.how ? this.#brush() : null;
    if (painting) {
      painting.brush.begin(this.how(), ...start);
      this.#soon();
    }
    let mark = null;
    if (this.#tool === "select" && !pans)
      mark = corner || held?.matches(".mark-point") ? this.#byKey(held.dataset.key) : this.#markAt(start);
    const how = event.shiftKey ? "add" : event.altKey ? "take" : "new";
    event.preventDefault();
    if (mark && how === "new") this.#layer.querySelector(`[data-key="${mark.key}"]`)?.focus();
    let moved = false;
    let last = [event.clientX, event.clientY];
    const go = (one) => {
      if (one.pointerId !== event.pointerId) return;
      const many = this.#pinch.size > 1;
      if (pans || many) {
        this.#pinched(one, last);
        last = [one.clientX, one.clientY];
        moved = true;
        return;
      }
      if (painting) {
        for (const part of one.getCoalescedEvents?.() ?? [one]) painting.brush.move(...this.#at(part));
        painting.brush.move(...this.#at(one));
        this.#soon();
        return;
      }
      moved ||= Math.hypot(one.clientX - event.clientX, one.clientY - event.clientY) > CLICK;
      if (!moved) return;
      const now = this.#at(one);
      const by = [now[0] - start[0], now[1] - start[1]];
      if (mark && how === "new") {
        this.dragging = true;
        this.#move(mark, sides(by, corner));
      } else if (this.#tool !== "point") this.#show(start, now);
    };
    const end = (one) => {
      if (one.pointerId !== event.pointerId) return;
      removeEventListener("pointermove", go);
      removeEventListener("pointerup", end);
      removeEventListener("pointercancel", end);
      const many = this.#pinch.size > 1;
      this.#pinch.delete(event.pointerId);
      this.dragging = false;
      this.#drawn.hidden = true;
      if (painting) {
        painting.brush.end();
        tell(this, "brushed", painting);
        return;
      }
      if (this.#tool === "brush") return;
      if (pans || many || one.type === "pointercancel" || (mark && how === "new")) return;
      const { width, height } = this.#picture;
      const inside = [Math.min(start[0], width - 1), Math.min(start[1], height - 1)];
      if (this.#tool === "point" || !moved) tell(this, "mark-made", { point: inside, how });
      else tell(this, "mark-made", { box: boxWithin([...start, ...this.#at(one)], width, height), how });
    };
    addEventListener("pointermove", go);
    addEventListener("pointerup", end);
    addEventListener("pointercancel", end);
  }

  #byKey(key) {
    return this.#marks.find((one) => one.key === key) ?? null;
  }

  /** Move the picture with the pointer; two of them zoom as well. */
  #pinched(event, last) {
    const [x, y] = [event.clientX, event.clientY];
    const other = [...this.#pinch].find(([id]) => id !== event.pointerId)?.[1];
    const share = other ? 0.5 : 1;
    this.#view.pan((x - last[0]) * share, (y - last[1]) * share);
    if (other) {
      const apart = ([a, b]) => Math.max(1, Math.hypot(a - other.clientX, b - other.clientY));
      const box = this.getBoundingClientRect();
      const middle = [(x + other.clientX) / 2 - box.left, (y + other.clientY) / 2 - box.top];
      this.#view.zoomBy(apart([x, y]) / apart(last), ...middle);
    }
    this.#pinch.set(event.pointerId, event);
    this.#place();
  }

  #show(start, now) {
    const { width, height } = this.#picture;
    const [left, top, right, bottom] = boxWithin([...start, ...now], width, height);
    this.#drawn.hidden = false;
    this.#drawn.style.left = `${(100 * left) / width}%`;
    this.#drawn.style.top = `${(100 * top) / height}%`;
    this.#drawn.style.width = `${(100 * (right - left)) / width}%`;
    this.#drawn.style.height = `${(100 * (bottom - top)) / height}%`;
  }
}

function area({ box }) {
  return box ? (box[2] - box[0]) * (box[3] - box[1]) : 0;
}

function clamp(value, most) {
  return Math.max(0, Math.min(most, value));
}

/** Which sides of a box a drag moves: all, or the two of a corner. */
function sides([dx, dy], corner) {
  if (!corner) return [dx, dy, dx, dy];
  return [
    corner.includes("w") ? dx : 0,
    corner.includes("n") ? dy : 0,
    corner.includes("e") ? dx : 0,
    corner.includes("s") ? dy : 0,
  ];
}
