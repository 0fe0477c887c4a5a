// <layer-list>: one row per layer, topmost first: thumbnail, name, visibility, solo, opacity, order, selection.

import { h } from "../dom.js";
import { LayerRow } from "./layer-row.js";

export class LayerList extends HTMLElement {
  #rows = new Map();
  #focus = null;

  bind(scene, pictures) {
    this.scene = scene;
    this.pictures = pictures;
    this.grid = h("div", { role: "grid", "aria-label": "Layers, topmost first", "aria-multiselectable": "true" });
    this.append(this.grid);
    scene.addEventListener("stack", () => this.#build());
    for (const type of ["look", "selection"]) scene.addEventListener(type, () => this.#update());
    scene.addEventListener("hover", () => {
      for (const [id, row] of this.#rows) row.toggleAttribute("data-hover", scene.hovered === id);
    });
    scene.addEventListener("selection", () => this.#reveal());
    new ResizeObserver(() => this.#reveal()).observe(this.closest(".panel"));
    pictures.addEventListener("load", () => this.#paint());
    this.grid.addEventListener("keydown", (event) => this.#key(event));
    this.grid.addEventListener("focusin", (event) => {
      const row = event.target.closest("layer-row");
      if (row) this.#rove(row.layer);
    });
  }

  rename(id) {
    this.#rows.get(id)?.rename();
  }

  #build() {
    const ids = this.scene.stack.layers.map((layer) => layer.id);
    for (const [id, row] of this.#rows) {
      if (ids.includes(id)) continue;
      row.remove();
      this.#rows.delete(id);
    }
    for (const id of ids) {
      if (!this.#rows.has(id)) this.#rows.set(id, new LayerRow(id, this.scene, this.pictures));
    }
    if (!ids.includes(this.#focus)) this.#focus = this.scene.order.at(-1);
    this.#update();
    this.#paint();
  }

  #paint() {
    this.#rows.forEach((row) => {
      row.paint();
      row.update();
    });
  }

  #update() {
    const wanted = [...this.scene.order]
      .reverse()
      .map((id) => this.#rows.get(id))
      .filter(Boolean);
    const busy = this.grid.contains(document.activeElement) ? document.activeElement : null;
    wanted.forEach((row, at) => {
      if (this.grid.children[at] !== row) this.grid.insertBefore(row, this.grid.children[at] ?? null);
    });
    if (busy && document.activeElement !== busy) busy.focus();
    for (const row of this.#rows.values()) row.update();
    this.#rove(this.#focus);
  }

  /** One row is in the order of tabs, with its controls; the arrows reach the others. */
  #rove(id) {
    this.#focus = id;
    for (const [one, row] of this.#rows) row.reach(one === id);
  }

  #reveal() {
    const id = this.scene.selection.at(-1);
    if (id === undefined || this.grid.contains(document.activeElement)) return;
    this.#rove(id);
    const room = this.closest(".panel");
    const [row, seen] = [this.#rows.get(id), room].map((one) => one.getBoundingClientRect());
    // Only the list scrolls, never the page: a choice made on the canvas must not move the canvas.
    if (row.top < seen.top) room.scrollTop -= seen.top - row.top + 8;
    else if (row.bottom > seen.bottom) room.scrollTop += row.bottom - seen.bottom + 8;
  }

  #key(event) {
    const row = event.target;
    if (!(row instanceof LayerRow)) return;
    const { scene } = this;
    const id = row.layer;
    const down = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const rows = [...this.grid.children];
    const go = (at) => {
      const next = rows[Math.max(0, Math.min(rows.length - 1, at))];
      next.focus();
      scene.select(next.layer, event.shiftKey ? "toggle" : "only");
    };
    if (down && event.altKey) scene.reorder(id, -down);
    else if (down && event.ctrlKey) rows[rows.indexOf(row) + down]?.focus();
    else if (down) go(rows.indexOf(row) + down);
    else if (event.ctrlKey || event.metaKey || event.altKey) return;
    else if (event.key === "Home") go(0);
    else if (event.key === "End") go(rows.length - 1);
    else if (event.key === " ") scene.select(id, "toggle");
    else if (event.key === "Enter") scene.select(id);
    else if (event.key === "F2") row.rename();
    else if (event.key === "h") scene.toggleSeen(id);
    else if (event.key === "s") scene.toggleSolo(id);
    else return;
    event.preventDefault();
  }
}

customElements.define("layer-list", LayerList);
