// <history-screen>: the project's jobs, newest first, to search, open and delete.

import * as api from "../api.js";
import { counted, fill, h, tell } from "../dom.js";
import { instructionOf, jobCard } from "../elements/job-card.js";
import { icon } from "../icons.js";

export class HistoryScreen extends HTMLElement {
  #ending = new AbortController();
  #jobs = [];
  #pictures = new Map();
  #next = null;
  #search = h("input", { class: "field", type: "search", id: "search", placeholder: "What did you ask for?" });
  #count = h("p", { class: "hint", role: "status" });
  #cards = h("ul", { class: "cards" });
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
          h("label", { class: "visually-hidden", for: "search" }, "Search by instruction"),
          icon("search"),
          this.#search,
        ),
      ),
      this.#count,
      this.#cards,
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
    const wanted = this.#search.value.trim().toLowerCase();
    const jobs = this.#jobs.filter((job) => instructionOf(job).toLowerCase().includes(wanted));
    this.#more.hidden = this.#next === null;
    if (!this.#jobs.length) this.#count.textContent = "Nothing yet. What you split is listed here.";
    else
      this.#count.textContent = wanted ? `${counted(jobs.length, "job")} for “${wanted}”` : counted(jobs.length, "job");
    fill(
      this.#cards,
      jobs.map((job) => this.#card(job)),
    );
  }

  #card(job) {
    const asked = instructionOf(job);
    return h(
      "li",
      { class: "history-card" },
      jobCard(job, this.#pictures.get(job.metadata.input.image)),
      h(
        "button",
        {
          class: "icon-button history-delete",
          "aria-label": `Delete ${asked}`,
          title: "Delete",
          onclick: () => this.#ask(job, asked),
        },
        icon("remove"),
      ),
    );
  }

  #ask(job, asked) {
    const close = () => dialog.close();
    const go = async () => {
      close();
      try {
        await api.forget(job.jobId);
        this.#jobs = this.#jobs.filter((one) => one !== job);
        this.#show();
        tell(this, "say", { text: "Deleted, with its layers." });
      } catch (error) {
        tell(this, "say", { bad: true, text: error.message });
      }
    };
    const dialog = h(
      "dialog",
      { "aria-labelledby": "delete-title", onclose: () => dialog.remove() },
      h(
        "div",
        { class: "stack-gap" },
        h("h2", { id: "delete-title" }, "Delete this job and its layers?"),
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
