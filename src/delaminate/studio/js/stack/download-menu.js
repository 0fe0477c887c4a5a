// <download-menu>: what the stack can be had as, grouped by what it is for, each with one honest line.

import { h, tell } from "../dom.js";
import { button, icon } from "../icons.js";

const PURPOSES = [
  ["edit", "Edit the layers in …"],
  ["present", "Show it"],
  ["game", "Build a game"],
  ["keep", "Keep everything"],
];

export class DownloadMenu extends HTMLElement {
  #arranged = false;

  bind(scene) {
    this.scene = scene;
    this.list = h("div", { class: "download-groups" });
    this.which = ["exact", "arranged"].map((id) => {
      const word = id === "exact" ? "Exact picture" : "My arrangement";
      const one = h("button", { type: "button", class: "button quiet", onclick: () => this.#choose(id) }, word);
      one.dataset.which = id;
      return one;
    });
    this.about = h("p", { class: "hint" });
    this.sheet = h(
      "div",
      { class: "downloads", popover: "auto", id: "stack-downloads" },
      h("h2", {}, "Download"),
      h("div", { class: "segments which", role: "group", "aria-label": "What to download" }, ...this.which),
      this.about,
      this.list,
    );
    this.opener = button("download", "Download", null, { class: "button primary" });
    this.opener.popoverTargetElement = this.sheet;
    this.opener.setAttribute("aria-haspopup", "dialog");
    this.sheet.setAttribute("role", "dialog");
    this.sheet.setAttribute("aria-label", "Download");
    this.sheet.addEventListener("beforetoggle", (event) => event.newState === "open" && this.#open());
    this.sheet.addEventListener("keydown", (event) => this.#key(event));
    this.append(this.opener, this.sheet);
    scene.addEventListener("stack", () => (this.hidden = !(scene.stack.exporters ?? []).length));
  }

  #open() {
    this.#choose(this.scene.isArranged ? "arranged" : "exact");
    this.#place();
  }

  #choose(which) {
    this.#arranged = which === "arranged";
    for (const one of this.which) one.setAttribute("aria-pressed", String(one.dataset.which === which));
    this.about.textContent = this.#arranged
      ? "As you see it now: places, order, opacity, blend modes, names and ground."
      : "The layers as they were cut: together they are your picture, bit for bit.";
    this.#fill();
  }

  #fill() {
    const { scene } = this;
    const offered = (scene.stack.exporters ?? []).filter((one) => !this.#arranged || one.arranged);
    const chosen = scene.selection.filter((id) => id !== scene.background);
    const groups = [
      ["One picture", this.#pictures(chosen)],
      ...PURPOSES.map(([purpose, words]) => [
        words,
        offered
          .filter((one) => (one.purpose ?? "keep") === purpose)
          .map(({ id, name, extension, says, drops }) => this.#row(name, extension, says ?? drops, { format: id })),
      ]),
    ];
    this.list.replaceChildren(
      ...groups
        .filter(([, rows]) => rows.length)
        .map(([words, rows]) => h("section", {}, h("h3", {}, words), h("ul", {}, ...rows))),
    );
    this.list.querySelector("button")?.setAttribute("autofocus", "");
  }

  #pictures(chosen) {
    const { scene } = this;
    const offered = (scene.stack.exporters ?? []).some((one) => one.id === "png");
    if (!offered) return [];
    const named = chosen.length === 1 ? scene.name(chosen[0]) : `${chosen.length} layers`;
    const some = chosen.length > 0;
    return [
      some ? this.#row(named, "png", "Cut to what it covers.", { layers: chosen, trim: true }) : null,
      some ? this.#row(`${named}, full size`, "png", "On a canvas of the whole picture.", { layers: chosen }) : null,
      this.#row("Background alone", "png", "With what was behind the layers filled in.", {
        layers: [scene.background],
      }),
    ].filter(Boolean);
  }

  #row(name, extension, says, wanted) {
    const choose = () => {
      this.sheet.hidePopover();
      tell(this, "export", { format: "png", ...wanted, arranged: this.#arranged });
    };
    const words = h(
      "span",
      {},
      h("strong", {}, name, " ", h("code", {}, `.${extension}`)),
      says ? h("small", {}, says) : null,
    );
    return h("li", {}, h("button", { type: "button", onclick: choose }, words, icon("download")));
  }

  /** Below its button, within the window; a small room has a sheet at the foot instead, by its styles. */
  #place() {
    const { bottom, right } = this.opener.getBoundingClientRect();
    this.sheet.style.setProperty("--below", `${Math.round(bottom + 6)}px`);
    this.sheet.style.setProperty("--aside", `${Math.max(8, Math.round(innerWidth - right))}px`);
  }

  #key(event) {
    const down = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!down) return;
    const rows = [...this.list.querySelectorAll("button")];
    rows[(rows.indexOf(document.activeElement) + down + rows.length) % rows.length]?.focus();
    event.preventDefault();
  }
}

customElements.define("download-menu", DownloadMenu);
