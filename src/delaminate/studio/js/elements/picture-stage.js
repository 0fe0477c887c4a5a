// <picture-stage>: a picture with named boxes and points on it. `.picture` is {url, width, height, alt}; `.marks` are
// {key, name, box | point, state}, front first; `.tool` is "select", "box" or "point"; `.editable` lets marks be moved.
// Tells "mark-made" {box | point, byKey}, "mark-moved" {key, box | point}, "mark-chosen" {key} and "mark-removed" {key}

import { announce, fill, h, tell } from "../dom.js";
import { boxWithin } from "../plan.js";

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
  #frame = h("div", { class: "stage-frame" }, this.#image, this.#layer);
  #drawn = h("div", { class: "stage-drawn", hidden: true });
  #size = new ResizeObserver(() => this.#fit());
  editable = false;

  connectedCallback() {
    this.classList.add("stage-picture");
    this.append(this.#frame);
    this.#frame.append(this.#drawn);
    this.#frame.addEventListener("pointerdown", (event) => this.#press(event));
    this.#size.observe(this);
  }

  disconnectedCallback() {
    this.#size.disconnect();
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

  #fit() {
    if (!this.#picture || !this.isConnected) return;
    const { width, height } = this.#picture;
    const scale = Math.min(this.clientWidth / width, this.clientHeight / height, 3);
    this.#frame.style.width = `${Math.round(width * scale)}px`;
    this.#frame.style.height = `${Math.round(height * scale)}px`;
  }

  #draw() {
    if (!this.#picture) return;
    const held = this.#layer.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    const area = ({ box }) => (box ? (box[2] - box[0]) * (box[3] - box[1]) : 0);
    const ordered = this.#marks.map((mark, at) => [mark, at]).sort(([a], [b]) => area(b) - area(a));
    fill(
      this.#layer,
      ordered.map(([mark, at]) => this.#mark(mark, at)),
    );
    if (held) this.focusMark(held);
  }

  #mark(mark, at) {
    const { width, height } = this.#picture;
    const [left, top, right, bottom] = mark.box ?? [mark.point[0], mark.point[1], mark.point[0], mark.point[1]];
    const chosen = mark.key === this.#chosen;
    const tag = h("span", { class: "mark-tag" }, h("b", {}, at + 1), h("span", {}, mark.name || "unnamed"));
    const element = h(
      this.editable ? "button" : "div",
      {
        class: mark.point ? "mark-point" : "mark-box",
        "data-key": mark.key,
        "data-state": mark.state ?? "",
        "data-chosen": String(chosen),
        "data-low": top > height * 0.06 ? null : true,
        role: this.editable ? null : "img",
        "aria-label": `${mark.name || "unnamed"}, ${mark.point ? "point" : "box"} ${at + 1}`,
        "aria-description": this.editable
          ? "Arrow keys move it, Shift with arrow keys changes its size, Delete removes it"
          : null,
        onkeydown: (event) => this.editable && this.#key(event, mark),
        onfocus: () => this.editable && chosen === false && tell(this, "mark-chosen", { key: mark.key }),
      },
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
    if (!this.editable || event.button !== 0 || !this.#picture) return;
    const held = event.target.closest?.("[data-key]");
    const mark = this.#tool === "select" && held ? this.#marks.find((one) => one.key === held.dataset.key) : null;
    if (this.#tool === "select" && !mark) return;
    event.preventDefault();
    if (mark) held.focus();
    const bounds = this.#frame.getBoundingClientRect();
    const { width, height } = this.#picture;
    const at = (one) => [
      clamp(Math.floor(((one.clientX - bounds.left) / bounds.width) * width), width),
      clamp(Math.floor(((one.clientY - bounds.top) / bounds.height) * height), height),
    ];
    const start = at(event);
    const corner = event.target.dataset?.corner;
    let moved = false;
    const go = (one) => {
      moved ||= Math.hypot(one.clientX - event.clientX, one.clientY - event.clientY) > CLICK;
      if (!moved) return;
      const now = at(one);
      const by = [now[0] - start[0], now[1] - start[1]];
      if (mark) this.#move(mark, sides(by, corner));
      else if (this.#tool === "box") this.#show(start, now);
    };
    const end = (one) => {
      removeEventListener("pointermove", go);
      removeEventListener("pointerup", end);
      removeEventListener("pointercancel", end);
      this.#drawn.hidden = true;
      if (mark || one.type === "pointercancel") return;
      const inside = [Math.min(start[0], width - 1), Math.min(start[1], height - 1)];
      if (this.#tool === "point" || !moved) tell(this, "mark-made", { point: inside });
      else tell(this, "mark-made", { box: boxWithin([...start, ...at(one)], width, height) });
    };
    addEventListener("pointermove", go);
    addEventListener("pointerup", end);
    addEventListener("pointercancel", end);
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
