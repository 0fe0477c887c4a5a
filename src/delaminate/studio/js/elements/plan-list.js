// <plan-list>: the layers to be, front first, to rename, reorder and remove. `.rows` as in plan.js.
// Tells "row-renamed" {key, name}, "row-moved" {key, places}, "row-removed" {key}, "row-chosen" {key, hovered}, "row-mark" {key}

import { announce, fill, h, tell } from "../dom.js";
import { icon } from "../icons.js";
import { isPlaced } from "../plan.js";

export class PlanList extends HTMLElement {
  #limits = {};
  #rows = [];
  #chosen = null;
  #list = h("ol", { class: "plan-rows" });

  connectedCallback() {
    this.append(this.#list);
  }

  /** The service's, once they are known: names may be shown before. */
  set limits(limits) {
    this.#limits = limits;
    for (const field of this.#list.querySelectorAll(".plan-name")) field.maxLength = limits.markName;
  }

  set chosen(key) {
    this.#chosen = key;
    for (const item of this.#list.children) item.dataset.chosen = item.dataset.key === key;
  }

  set rows(rows) {
    const held = this.#held();
    this.#rows = rows;
    fill(
      this.#list,
      rows.map((row, at) => this.#item(row, at)),
    );
    held?.();
  }

  focusName(key) {
    const field = this.#list.querySelector(`[data-key="${key}"] input`);
    field?.focus();
    field?.select();
  }

  /** Give the focus back to the same control of the same row, or of its neighbour when the row is gone. */
  #held() {
    const at = [...this.#list.children].findIndex((item) => item.contains(document.activeElement));
    if (at < 0) return null;
    const { key } = this.#list.children[at].dataset;
    const { control } = document.activeElement.dataset;
    return () => {
      const item =
        this.#list.querySelector(`[data-key="${key}"]`) ??
        this.#list.children[Math.min(at, this.#list.children.length - 1)];
      const wanted = item?.querySelector(`[data-control="${control}"]`);
      (wanted?.disabled ? item.querySelector("input") : wanted)?.focus();
    };
  }

  #item(row, at) {
    const told = row.name || "unnamed layer";
    const button = (control, label, does, disabled = false) =>
      h(
        "button",
        {
          class: "icon-button",
          type: "button",
          "data-control": control,
          "aria-label": `${label} ${told}`,
          title: label,
          disabled,
          onclick: does,
        },
        icon(control),
      );
    const move = (places) => () => {
      tell(this, "row-moved", { key: row.key, places });
      announce(`${told} is now number ${this.#rows.findIndex((one) => one.key === row.key) + 1}`);
    };
    const item = h(
      "li",
      {
        class: "plan-row",
        "data-key": row.key,
        "data-chosen": String(row.key === this.#chosen),
        onpointerenter: () => tell(this, "row-chosen", { key: row.key, hovered: true }),
        onpointerdown: () => tell(this, "row-chosen", { key: row.key }),
        onfocusin: () => tell(this, "row-chosen", { key: row.key }),
      },
      h(
        "span",
        { class: "plan-grip", title: "Drag to reorder", onpointerdown: (event) => this.#drag(event, row.key) },
        icon("grip"),
      ),
      h("span", { class: "plan-number", "aria-hidden": "true" }, at + 1),
      h("div", { class: "plan-words" }, this.#name(row), this.#remark(row)),
      h(
        "div",
        { class: "plan-buttons" },
        button("up", "Move up", move(-1), at === 0),
        button("down", "Move down", move(1), at === this.#rows.length - 1),
        button("remove", "Remove", () => tell(this, "row-removed", { key: row.key })),
      ),
    );
    item.style.setProperty("--hue", isPlaced(row) ? `var(--hue-${(at % 8) + 1})` : "var(--line-strong)");
    return item;
  }

  #name(row) {
    const rename = ({ target }) => tell(this, "row-renamed", { key: row.key, name: target.value });
    const leave = (event) => event.key === "Enter" && event.target.blur();
    return h("input", {
      class: "plan-name",
      "data-control": "name",
      "aria-label": "Name of the layer",
      placeholder: "Name it",
      maxlength: this.#limits.markName,
      value: row.name,
      oninput: rename,
      onkeydown: leave,
    });
  }

  #remark(row) {
    if (!isPlaced(row)) {
      return h(
        "p",
        { class: "plan-remark warn" },
        row.outcome === "cap reached" ? "More than the number of layers allows." : "Not found. ",
        h(
          "button",
          {
            class: "link",
            type: "button",
            "data-control": "mark",
            onclick: () => tell(this, "row-mark", { key: row.key }),
          },
          "Show where it is",
        ),
      );
    }
    const kind = row.text !== null && !row.edited ? "text" : row.edited ? "marked by you" : row.role;
    const guess = row.confidence !== null && row.confidence < 0.5 && !row.edited;
    return h("p", { class: "plan-remark" }, kind, guess ? h("span", { class: "badge warn" }, "a guess") : null);
  }

  /** Follow a drag: the row goes where the pointer is. */
  #drag(event, key) {
    if (event.button !== 0) return;
    event.preventDefault();
    const go = ({ clientY }) => {
      const items = [...this.#list.children];
      const from = items.findIndex((item) => item.dataset.key === key);
      const to = items.findIndex((item) => clientY < item.getBoundingClientRect().bottom);
      const wanted = to < 0 ? items.length - 1 : to;
      if (wanted !== from) tell(this, "row-moved", { key, places: wanted - from });
    };
    const end = () => {
      removeEventListener("pointermove", go);
      removeEventListener("pointerup", end);
      removeEventListener("pointercancel", end);
    };
    addEventListener("pointermove", go);
    addEventListener("pointerup", end);
    addEventListener("pointercancel", end);
  }
}
