// <history-screen>: what was split, by picture, newest first, to search, open and delete.

import * as api from "../api.js";
import { counted, fill, h, tell } from "../dom.js";
import { ago, shown } from "../drawing.js";
import { instructionOf, stateOf } from "../elements/job-card.js";
import { icon } from "../icons.js";
import { answers, byPicture, nameOf } from "../picture-groups.js";

export class HistoryScreen extends HTMLElement {
  #ending = new AbortController();
  #jobs = [];
  #pictures = new Map();
  #next = null;
  #search = h("input", { class: "field", type: "search", id: "search", placeholder: "A picture, a wish, a layer" });
  #count = h("p", { class: "hint", role: "status" });
  #list = h("ul", { class: "history-pictures" });
  #more = h("button", { class: "button", hidden: true, onclick: () => this.#load() }, "Show older ones");

  async connectedCallback() {
    this.className = "page history";
    this.#search.addEventListener("input", () => this.#find());
    fill(
      this,
      h(
        "div",
        { class: "history-head" },
        h("h1", {}, "History"),
        h(
          "div",
          { class: "history-search" },
          h("label", { class: "visually-hidden", for: "search" }, "Search the history"),
          icon("search"),
          this.#search,
        ),
      ),
      this.#count,
      this.#list,
      h("p", {}, this.#more),
    );
    tell(this, "titled", "History");
    await this.#load();
  }

  disconnectedCallback() {
    this.#ending.abort();
  }

  async #load() {
    this.#more.disabled = true;
    try {
      const page = await api.jobs(this.#next);
      const images = page.jobs.map((job) => job.metadata.input.image).filter((id) => !this.#pictures.has(id));
      for (const [id, asset] of await api.assets([...new Set(images)])) this.#pictures.set(id, asset);
      this.#jobs.push(...page.jobs);
      this.#next = page.next;
    } catch (error) {
      tell(this, "say", { bad: true, text: error.message });
    }
    this.#more.disabled = false;
    this.#show();
  }

  /** A search looks through everything there is, not only what was loaded. */
  async #find() {
    this.#show();
    while (this.#search.value && this.#next !== null && !this.#ending.signal.aborted) await this.#load();
  }

  #show() {
    const words = this.#search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const groups = byPicture(this.#jobs, this.#pictures)
      .map((group) => ({
        ...group,
        splits: group.splits.filter((split) => answers(group, split, instructionOf(split.first), words)),
      }))
      .filter((group) => group.splits.length);
    this.#more.hidden = this.#next === null;
    const pictures = counted(groups.length, "picture");
    if (!this.#jobs.length) this.#count.textContent = "Nothing yet. What you split is listed here.";
    else this.#count.textContent = words.length ? `${pictures} for “${this.#search.value.trim()}”` : pictures;
    fill(
      this.#list,
      groups.map((group) => this.#picture(group)),
    );
  }

  #picture(group) {
    const { picture, splits } = group;
    const frame = h(
      "span",
      { class: "card-frame" },
      picture ? h("img", { src: shown(picture), alt: "", loading: "lazy", decoding: "async" }) : null,
    );
    const open = `#/job/${splits[0].now.jobId}`;
    return h(
      "li",
      { class: "history-picture" },
      // The words below lead there too.
      h("a", { class: "history-frame", href: open, tabindex: -1, "aria-hidden": "true" }, frame),
      h(
        "div",
        { class: "history-words" },
        h("h2", { class: "history-name" }, nameOf(group)),
        h(
          "ul",
          { class: "history-splits" },
          splits.map((split) => this.#split(split)),
        ),
      ),
    );
  }

  #split(split) {
    const { first, now, steps } = split;
    const asked = instructionOf(first);
    return h(
      "li",
      { class: "history-split" },
      h("a", { class: "history-asked", href: `#/job/${now.jobId}` }, asked),
      h("span", { class: "hint history-facts" }, ago(now.createdAt), " · ", stateOf(now)),
      h(
        "button",
        {
          class: "icon-button history-delete",
          "aria-label": `Delete ${asked}`,
          title: "Delete",
          onclick: () => this.#ask(split, asked),
        },
        icon("remove"),
      ),
      steps.length > 1 ? this.#steps(steps) : null,
    );
  }

  /** The repairs of a split, folded: each step can still be opened. */
  #steps(steps) {
    const step = (job, at) =>
      h(
        "li",
        {},
        h("a", { href: `#/job/${job.jobId}` }, at ? `Repair ${at}` : "As it was split"),
        " ",
        h("span", { class: "hint" }, ago(job.createdAt)),
      );
    return h(
      "details",
      { class: "history-steps" },
      h("summary", {}, counted(steps.length - 1, "repair")),
      h("ol", {}, steps.map(step)),
    );
  }

  #ask({ jobs, steps }, asked) {
    const close = () => dialog.close();
    const go = async () => {
      close();
      try {
        // What a job revises goes after it.
        for (const job of [...jobs].reverse()) {
          await api.forget(job.jobId);
          this.#jobs = this.#jobs.filter((one) => one !== job);
        }
        tell(this, "say", { text: "Deleted, with its layers." });
      } catch (error) {
        tell(this, "say", { bad: true, text: error.message });
      }
      this.#show();
    };
    const repairs = steps.length > 1 ? ` and its ${counted(steps.length - 1, "repair")}` : "";
    const dialog = h(
      "dialog",
      { "aria-labelledby": "delete-title", onclose: () => dialog.remove() },
      h(
        "div",
        { class: "stack-gap" },
        h("h2", { id: "delete-title" }, `Delete this split${repairs}, with all layers?`),
        h("p", { class: "hint delete-what" }, asked),
        h(
          "p",
          { class: "line" },
          h("button", { class: "button", onclick: close }, "Keep it"),
          h("button", { class: "button danger", onclick: go }, "Delete"),
        ),
      ),
    );
    this.append(dialog);
    dialog.showModal();
  }
}
