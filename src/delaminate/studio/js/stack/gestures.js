// Pointer, wheel and keys on the canvas: what they mean for the view and the scene.

import { dragged, handleAt, handled } from "./handles.js";
import { onMarking } from "./marks.js";

const STEP = 40;
const SLACK = 4;
/** After the last key of a row of nudges they are one step to undo. */
const NUDGED_MS = 400;

export class Gestures {
  /** Where the keyboard draws marks, in picture pixels; null until an arrow key is pressed while marking. */
  crosshair = null;
  #element;
  #pointers = new Map();
  #drag = null;
  #space = false;
  #nudged = 0;

  constructor(element) {
    this.#element = element;
    const { canvas } = element;
    const listen = (type, method, options) =>
      canvas.addEventListener(type, (event) => method.call(this, event), options);
    listen("pointerdown", this.#down);
    listen("pointermove", this.#move);
    listen("pointerup", this.#up);
    listen("pointercancel", this.#up);
    listen("pointerleave", () => element.scene.hover(null));
    listen("wheel", this.#wheel, { passive: false });
    listen("keydown", this.#key);
    listen("keyup", (event) => event.key === " " && this.#hold(false));
    listen("blur", () => this.#hold(false));
  }

  #at(event) {
    const { canvas, density } = this.#element;
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) * density, (event.clientY - box.top) * density];
  }

  #hold(space) {
    this.#space = space;
    this.#element.toggleAttribute("data-pan", space);
  }

  #down(event) {
    const { scene, canvas, view } = this.#element;
    if (event.button > 1 || !scene.stack) return;
    canvas.setPointerCapture(event.pointerId);
    const at = this.#at(event);
    this.#pointers.set(event.pointerId, at);
    if (this.#pointers.size > 1) {
      this.#drag = null;
      return;
    }
    if (event.button === 1) event.preventDefault();
    const id = this.#element.pick(...at);
    const pans = event.button === 1 || this.#space;
    if (scene.marking && !pans) {
      this.#drag = { kind: "mark", from: view.toPicture(...at), start: at, moved: false };
      return;
    }
    if (scene.brush && !pans) {
      this.#drag = { kind: "brush", start: at, moved: true };
      scene.brush.brush.begin(scene.brush.controls.how, ...view.toPicture(...at));
      this.#element.refresh();
      return;
    }
    const handle = pans ? null : handleAt(scene, view, this.#element.density, at);
    if (handle) {
      const layer = handled(scene);
      this.#drag = { kind: handle, id: layer, start: at, look: { ...scene.look(layer) }, moved: false };
      return;
    }
    const held = id !== null && id !== scene.background && scene.mode === "layers" && !pans;
    // Who drags one of the selected layers drags them all.
    const ids = scene.selection.includes(id) ? scene.selection.filter((one) => one !== scene.background) : [id];
    const from = held ? ids.map((one) => [one, scene.look(one).dx, scene.look(one).dy]) : [];
    this.#drag = { kind: held ? "layer" : "pan", id, start: at, last: at, from, moved: false, picks: !pans };
  }

  #move(event) {
    const at = this.#at(event);
    const last = this.#pointers.get(event.pointerId);
    const { scene, view } = this.#element;
    if (!last) {
      if (event.pointerType === "mouse") scene.hover(scene.mode === "layers" ? this.#element.pick(...at) : null);
      return;
    }
    if (this.#pointers.size === 2) this.#pinch(event.pointerId, last, at);
    this.#pointers.set(event.pointerId, at);
    const drag = this.#drag;
    if (!drag) return;
    const [x, y] = [at[0] - drag.start[0], at[1] - drag.start[1]];
    drag.moved ||= Math.hypot(x, y) > SLACK * this.#element.density;
    if (!drag.moved) return;
    if (drag.kind === "brush") {
      for (const part of event.getCoalescedEvents?.() ?? [])
        scene.brush?.brush.move(...view.toPicture(...this.#at(part)));
      scene.brush?.brush.move(...view.toPicture(...at));
      this.#element.refresh();
    } else if (drag.kind === "mark") onMarking.drag(scene, drag.from, view.toPicture(...at));
    else if (drag.kind === "layer") {
      this.#element.toggleAttribute("data-drag", true);
      for (const [id, dx, dy] of drag.from)
        scene.change(id, { dx: dx + Math.round(x / view.scale), dy: dy + Math.round(y / view.scale) }, true);
    } else if (drag.kind === "scale" || drag.kind === "turn") {
      const { density } = this.#element;
      scene.change(drag.id, dragged(scene, view, density, drag.kind, drag.start, at, drag.look, event.shiftKey), true);
    } else {
      this.#element.toggleAttribute("data-drag", true);
      this.#element.zoom((view) => view.pan(at[0] - drag.last[0], at[1] - drag.last[1]));
      drag.last = at;
    }
  }

  #pinch(moved, last, at) {
    const [other] = [...this.#pointers].find(([id]) => id !== moved).slice(1);
    const apart = ([x, y]) => Math.max(1, Math.hypot(x - other[0], y - other[1]));
    const middle = [(at[0] + other[0]) / 2, (at[1] + other[1]) / 2];
    this.#element.zoom((view) => {
      view.pan((at[0] - last[0]) / 2, (at[1] - last[1]) / 2);
      view.zoomBy(apart(at) / apart(last), ...middle);
    });
  }

  #up(event) {
    const drag = this.#drag;
    this.#pointers.delete(event.pointerId);
    this.#element.removeAttribute("data-drag");
    this.#drag = null;
    const { scene, view } = this.#element;
    if (drag?.kind === "brush") {
      scene.brush?.brush.end();
      scene.paint(scene.brush);
      return;
    }
    if (drag?.moved && drag.kind !== "pan" && drag.kind !== "mark") scene.settle();
    if (!drag || event.type === "pointercancel") return;
    if (drag.kind === "mark") {
      if (!drag.moved) onMarking.press(scene, view.toPicture(...this.#at(event)));
    } else if (drag.picks && (!drag.moved || drag.kind === "layer") && scene.mode === "layers") {
      if (!drag.moved) scene.select(drag.id, event.shiftKey || event.ctrlKey || event.metaKey ? "toggle" : "only");
      else if (!scene.selection.includes(drag.id)) scene.select(drag.id);
    }
  }

  #wheel(event) {
    event.preventDefault();
    const speed = event.ctrlKey ? 0.01 : event.deltaMode ? 0.05 : 0.0015;
    this.#element.zoom((view) => view.zoomBy(Math.exp(-event.deltaY * speed), ...this.#at(event)));
  }

  #key(event) {
    const { scene, density } = this.#element;
    if (!scene.stack || event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const zoom = (change) => this.#element.zoom(change);
    const keys = {
      "+": () => zoom((view) => view.zoomBy(1.25)),
      "=": () => zoom((view) => view.zoomBy(1.25)),
      "-": () => zoom((view) => view.zoomBy(0.8)),
      0: () => zoom((view) => view.fit()),
      1: () => zoom((view) => view.zoomTo(1)),
      " ": () => this.#hold(true),
      "[": () => this.#step(-1),
      "]": () => this.#step(1),
      Escape: () => (scene.marking ? scene.mark({ marking: null }) : scene.select(null)),
      F2: () => scene.selection.length && this.#element.closest("stack-view").rename(scene.selection.at(-1)),
      Enter: () => scene.marking && onMarking.press(scene, this.#aim([0, 0]), true),
    };
    if (arrow && scene.marking) this.#aim(arrow, event.shiftKey);
    else if (arrow && this.#movable().length) this.#nudge(arrow, event.shiftKey ? 10 : 1);
    else if (arrow) zoom((view) => view.pan(-arrow[0] * STEP * density, -arrow[1] * STEP * density));
    else if (keys[event.key]) keys[event.key]();
    else return;
    event.preventDefault();
  }

  #step(up) {
    const { scene } = this.#element;
    const at = scene.order.indexOf(scene.selection.at(-1));
    scene.select(scene.order[Math.max(0, Math.min(scene.order.length - 1, at + up))]);
  }

  #movable() {
    const { scene } = this.#element;
    return scene.mode === "layers" ? scene.selection.filter((id) => id !== scene.background) : [];
  }

  #nudge([x, y], step) {
    const { scene } = this.#element;
    for (const id of this.#movable()) {
      const { dx, dy } = scene.look(id);
      scene.change(id, { dx: dx + x * step, dy: dy + y * step }, true);
    }
    clearTimeout(this.#nudged);
    this.#nudged = setTimeout(() => scene.settle(), NUDGED_MS);
  }

  #aim([x, y], far = false) {
    const { scene } = this.#element;
    const { width, height } = scene.stack;
    const step = (Math.max(width, height) / 100) * (far ? 8 : 1);
    this.crosshair ??= [width / 2, height / 2];
    const [across, down] = this.crosshair;
    this.crosshair = [
      Math.max(0, Math.min(width - 1, Math.round(across + x * step))),
      Math.max(0, Math.min(height - 1, Math.round(down + y * step))),
    ];
    onMarking.aim(scene, this.crosshair);
    this.#element.refresh();
    return this.crosshair;
  }
}
