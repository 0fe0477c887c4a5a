// <job-screen>: a job while it runs, what became of it, and the revisions that follow.

import * as api from "../api.js";
import { announce, fill, h, tell } from "../dom.js";
import { shown, sizeOf } from "../drawing.js";
import { instructionOf } from "../elements/job-card.js";
import { RunView } from "../elements/run-view.js";
import { icon } from "../icons.js";
import { parentOf, stackOf } from "../stack-of.js";
import { ended, watch } from "../watch.js";

export class JobScreen extends HTMLElement {
  #ending = new AbortController();
  #id = "";
  #run = null;
  #view = null;
  #shown = null;

  connectedCallback() {
    this.className = "job";
    this.#follow(this.dataset.id);
  }

  disconnectedCallback() {
    this.#ending.abort();
  }

  /** Show another job without losing how the stack is looked at. */
  visit(id) {
    if (id !== this.#id) this.#follow(id);
    return true;
  }

  async #follow(id) {
    this.#ending.abort();
    this.#ending = new AbortController();
    const { signal } = this.#ending;
    this.#id = id;
    this.#run = null;
    if (!this.#view)
      fill(
        this,
        h(
          "div",
          { class: "page" },
          h(
            "p",
            { class: "waiting", role: "status" },
            h("span", { class: "spinner", "aria-hidden": "true" }),
            "Opening",
          ),
        ),
      );
    try {
      const job = await watch(
        id,
        (one) => this.#heard(one, signal),
        (link) => this.#run?.linked(link),
        signal,
      );
      await this.#end(job, signal);
    } catch (error) {
      if (error.name !== "AbortError") this.#lost(error);
    }
  }

  // ----------------------------------------------------------------------------------------------------- while it runs

  async #heard(job, signal) {
    if (ended(job)) return;
    const parent = parentOf(job);
    if (parent === null) this.#showRun(job, signal);
    else {
      if (this.#shown?.jobId !== parent && !this.#opening) {
        this.#opening = true;
        const before = await api.job(parent, signal).catch(() => null);
        if (before?.status === "success") await this.#showStack(before, signal);
        this.#opening = false;
      }
      this.#busy({ text: "Changing only what you asked for", progress: job.progress });
    }
  }

  #opening = false;

  #showRun(job, signal) {
    if (!this.#run) {
      this.#view = null;
      this.#shown = null;
      this.#run = new RunView(() => this.#cancel());
      fill(this, this.#run.element);
      tell(this, "titled", "Splitting");
      api.asset(job.metadata.input.image).then(
        (asset) => !signal.aborted && this.#run?.picture({ url: shown(asset), ...sizeOf(asset), alt: "Your picture" }),
        () => {},
      );
    }
    this.#run.show(job);
  }

  async #cancel() {
    try {
      await api.cancel(this.#id);
    } catch (error) {
      // It may have ended just now, which the watch tells.
      if (error.status !== 400) tell(this, "say", { bad: true, text: error.message });
    }
  }

  // ----------------------------------------------------------------------------------------------------- when it ended

  async #end(job, signal) {
    this.#run = null;
    if (job.status === "success") {
      await this.#showStack(job, signal);
      return;
    }
    const parent = parentOf(job);
    if (parent !== null && this.#view) {
      const text =
        job.status === "canceled"
          ? "Cancelled; nothing was changed."
          : (job.metadata.error ?? "The change failed; nothing was changed.");
      this.#busy(false);
      tell(this, "say", { bad: job.status === "failure", text });
      history.replaceState(null, "", `#/job/${parent}`);
      this.#id = parent;
      return;
    }
    this.#view = null;
    const failed = job.status === "failure";
    const again = h(
      "a",
      { class: "button primary", href: `#/picture/${job.metadata.input.image}` },
      "Back to the picture",
    );
    fill(
      this,
      h(
        "div",
        { class: "page outcome" },
        h("h1", {}, failed ? "That did not work" : "Cancelled"),
        h(
          "p",
          { class: "lead" },
          failed ? (job.metadata.error ?? "The job failed.") : "Nothing was kept, and nothing is charged.",
        ),
        failed && job.metadata.hint ? h("p", { class: "hint" }, job.metadata.hint) : null,
        h("p", { class: "line" }, again, h("a", { class: "button", href: "#/" }, "New picture")),
      ),
    );
    tell(this, "titled", failed ? "Failed" : "Cancelled");
  }

  async #showStack(job, signal) {
    const [stack] = await Promise.all([stackOf(job), import("../stack/stack-view.js")]);
    if (signal.aborted) return;
    if (stack === null) {
      this.#lost(new Error("Layers of it were deleted."));
      return;
    }
    if (!this.#view) {
      this.#view = document.createElement("stack-view");
      this.#listen(this.#view);
    }
    const head = h(
      "div",
      { class: "job-head" },
      h("h1", { class: "job-title", title: instructionOf(job) }, instructionOf(job)),
      h("a", { class: "button quiet", href: `#/picture/${job.metadata.input.image}` }, icon("back"), "Split again"),
    );
    // Moving the view would lose its focus.
    if (this.#view.parentElement === this) this.firstElementChild.replaceWith(head);
    else fill(this, head, this.#view);
    this.#view.stack = stack;
    this.#shown = job;
    tell(this, "titled", instructionOf(job).slice(0, 60));
    announce(`${stack.layers.length - 1} layers. ${stack.exact ? "They add up to your picture exactly." : ""}`);
  }

  #busy(busy) {
    if (this.#view?.stack) this.#view.stack = { ...this.#view.stack, busy };
  }

  #lost(error) {
    this.#view = null;
    this.#run = null;
    const title = error.status === 404 ? "This job is not here" : "That did not work";
    fill(
      this,
      h(
        "div",
        { class: "page outcome" },
        h("h1", {}, title),
        h("p", { class: "lead" }, error.message),
        h(
          "p",
          { class: "line" },
          h("a", { class: "button primary", href: "#/" }, "New picture"),
          h("a", { class: "button", href: "#/history" }, "History"),
        ),
      ),
    );
    tell(this, "titled", title);
  }

  // --------------------------------------------------------------------------------------------------------- repairing

  #listen(view) {
    view.addEventListener("revise", ({ detail }) => this.#revise(detail.edits));
    view.addEventListener("undo", () => {
      const parent = parentOf(this.#shown);
      if (parent) location.hash = `#/job/${parent}`;
    });
    view.addEventListener("price", async ({ detail }) => {
      try {
        detail.reply(await api.revisionPrice(this.#shown.jobId, detail.edits));
      } catch (error) {
        detail.reply({ error: error.message });
      }
    });
    view.addEventListener("export", ({ detail }) => this.#download(detail.format));
  }

  async #revise(edits) {
    this.#busy({ text: "Changing only what you asked for", progress: 0 });
    try {
      const job = await api.revise(this.#shown.jobId, edits, crypto.randomUUID());
      location.hash = `#/job/${job.jobId}`;
    } catch (error) {
      this.#busy(false);
      tell(this, "say", { bad: true, text: error.message });
    }
  }

  async #download(format) {
    const { exporters, fileName } = this.#view.stack;
    const extension = exporters.find((one) => one.id === format)?.extension ?? format;
    const name = `${fileName}-layers.${extension}`;
    try {
      const url = URL.createObjectURL(await api.download(this.#shown.jobId, format));
      h("a", { href: url, download: name }).click();
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
      tell(this, "say", { text: `${name} is in your downloads.` });
    } catch (error) {
      tell(this, "say", { bad: true, text: error.message });
    }
  }
}
