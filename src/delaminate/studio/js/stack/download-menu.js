// <download-menu>: the formats the stack can be had in, each with what it drops.

import { h, tell } from "../dom.js";
import { button, icon } from "../icons.js";

export class DownloadMenu extends HTMLElement {
  bind(scene) {
    this.scene = scene;
    this.list = h("ul", {});
    this.sheet = h(
      "div",
      { class: "downloads", popover: "auto", id: "stack-downloads" },
      h("h2", {}, "Download"),
      this.list,
    );
    this.opener = button("download", "Download", null, { class: "button primary" });
    this.opener.popoverTargetElement = this.sheet;
    this.opener.setAttribute("aria-haspopup", "dialog");
    this.sheet.setAttribute("role", "dialog");
    this.sheet.setAttribute("aria-label", "Download");
    this.sheet.addEventListener("beforetoggle", (event) => event.newState === "open" && this.#place());
    this.sheet.addEventListener("keydown", (event) => this.#key(event));
    this.append(this.opener, this.sheet);
    scene.addEventListener("stack", () => this.#update());
  }

  #update() {
    const exporters = this.scene.stack.exporters ?? [];
    const known = JSON.stringify(exporters);
    this.hidden = exporters.length === 0;
    if (known === this.known) return;
    this.known = known;
    const rows = exporters.map(({ id, name, extension, drops }, at) => {
      const choose = () => {
        this.sheet.hidePopover();
        tell(this, "export", { format: id });
      };
      const words = h("span", {}, h("strong", {}, name, " ", h("code", {}, `.${extension}`)), h("small", {}, drops));
      return h(
        "li",
        {},
        h("button", { type: "button", onclick: choose, autofocus: at === 0 }, words, icon("download")),
      );
    });
    this.list.replaceChildren(...rows);
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
