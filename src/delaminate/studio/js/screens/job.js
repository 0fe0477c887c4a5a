// <job-screen>: a job while it runs, what became of it, and the revisions that follow.

import * as api from "../api.js";
import { announce, fill, h, tell } from "../dom.js";
import { shown, sizeOf } from "../drawing.js";
import { instructionOf } from "../elements/job-card.js";
import { RunView } from "../elements/run-view.js";
import { Hint } from "../hints.js";
import { icon } from "../icons.js";
import { parentOf, stackOf } from "../stack-of.js";
import { Timeline } from "../timeline.js";
import { ended, watch } from "../watch.js";

/** An edit as the service takes it: a mask that was painted becomes an asset first. */
async function sent(edit) {
  if (edit.kind !== "mask") return edit;
  const asset = await api.upload(await edit.mask.png(), () => {}, undefined, true);
  return { ...edit, mask: asset.id };
}

/** Which view of a stack is opened: the one chosen last, and before any was, the one that shows what came off. */
const VIEW = "view of a stack";

export class JobScreen extends HTMLElement {
  #ending = new AbortController();
  #id = "";
  #run = null;
  #view = null;
  #shown = null;
  #hints = {
    turn: new Hint(
      "turn",
      "These are your layers. Drag to turn them; “Layers” lays them flat, where each can be moved.",
    ),
    move: new Hint("move", "Drag a layer to move it. A right click or a long press shows what else can be done."),
  };

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
    this.#opening = null;
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
      if (this.#shown?.jobId !== parent) this.#opening ??= this.#open(parent, signal);
      await this.#opening;
      if (signal.aborted) return;
      this.#busy({ text: "Changing only what you asked for", progress: job.progress });
    }
  }

  /** While what a running job changes is being opened. */
  #opening = null;

  async #open(id, signal) {
    try {
      const job = await api.job(id, signal);
      if (job.status === "success") await this.#showStack(job, signal);
    } catch {
      // Its end is shown all the same.
    }
  }

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
    // What comes last is what is shown.
    await this.#opening;
    if (signal.aborted) return;
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
          failed
            ? (job.metadata.error ?? "The job failed.")
            : "Nothing was kept. Your picture and your plan are as you left them.",
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
      const clear = sessionStorage.getItem(`clear ${job.jobId}`) !== null;
      this.#opensWith = clear ? "layers" : (localStorage.getItem(VIEW) ?? "exploded");
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
    const goesOn = this.#shown !== null && this.#shown.jobId === parentOf(job);
    this.#shown = job;
    this.#timeline = new Timeline(job.jobId, parentOf(job));
    this.#view.stack = { ...stack, ...this.#ways() };
    if (this.#opensWith) {
      this.#view.querySelector(".stage").append(this.#hints.turn.element, this.#hints.move.element);
      this.#view.scene.set({ mode: this.#opensWith });
    }
    this.#opensWith = "";
    this.#remember(job, stack.arrangement, goesOn);
    if (sessionStorage.getItem(`clear ${job.jobId}`)) {
      sessionStorage.removeItem(`clear ${job.jobId}`);
      this.#view.scene.change(this.#view.scene.background, { visible: false });
    }
    tell(this, "titled", instructionOf(job).slice(0, 60));
    announce(`${stack.layers.length - 1} layers. ${stack.exact ? "They add up to your picture exactly." : ""}`);
  }

  #hint() {
    const { mode } = this.#view.scene;
    this.#hints.turn.show(mode === "exploded");
    this.#hints.move.show(mode === "layers");
  }

  #opensWith = "";
  #timeline = null;
  #saving = Promise.resolve();

  #ways() {
    const { canUndo, canRedo } = this.#timeline;
    return { canUndo: canUndo || parentOf(this.#shown) !== null, canRedo };
  }

  /**
   * The arrangement that the line of steps has for a job; a job that is new to it is its next step, and when it revises
   * what was shown, goes on with what is seen.
   */
  #remember(job, told, goesOn) {
    const { scene } = this.#view;
    const known = this.#timeline.goTo(job.jobId);
    if (known) scene.arrange(JSON.parse(this.#timeline.now.arrangement));
    else if (!goesOn) scene.arrange(told);
    const now = JSON.stringify(scene.arrangement);
    if (!known) this.#timeline.add(job.jobId, now);
    if ((known || goesOn) && (told || scene.isArranged) && now !== JSON.stringify(told)) this.#save();
    this.#view.stack = { ...this.#view.stack, ...this.#ways() };
  }

  /** A step of the arrangement is done. */
  #settled() {
    this.#timeline.add(this.#shown.jobId, JSON.stringify(this.#view.scene.arrangement));
    this.#view.stack = { ...this.#view.stack, ...this.#ways() };
    this.#save();
  }

  /** Send the arrangement, one at a time and the newest last; a download waits for it. */
  #save() {
    const { jobId } = this.#shown;
    const { arrangement } = this.#view.scene;
    const send = () =>
      api.arrange(jobId, arrangement).catch((error) => tell(this, "say", { bad: true, text: error.message }));
    this.#saving = this.#saving.then(send);
  }

  #step(way) {
    const timeline = this.#timeline;
    const parent = parentOf(this.#shown);
    if (way < 0 && !timeline.canUndo) {
      if (parent) location.hash = `#/job/${parent}`;
      return;
    }
    const { job, arrangement } = timeline.go(way);
    if (job !== this.#shown.jobId) {
      location.hash = `#/job/${job}`;
      return;
    }
    this.#view.scene.arrange(JSON.parse(arrangement));
    this.#view.stack = { ...this.#view.stack, ...this.#ways() };
    this.#save();
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
    view.addEventListener("undo", () => this.#step(-1));
    view.addEventListener("redo", () => this.#step(1));
    view.scene.addEventListener("settled", () => {
      this.#settled();
      this.#hints.move.learnt();
    });
    view.scene.addEventListener("mode", () => this.#hint());
    view.addEventListener("viewed", ({ detail }) => {
      localStorage.setItem(VIEW, detail.mode === "exploded" ? "exploded" : "layers");
      this.#hints.turn.learnt();
    });
    view.addEventListener("price", async ({ detail }) => {
      try {
        detail.reply(await api.revisionPrice(this.#shown.jobId, detail.edits));
      } catch (error) {
        detail.reply({ error: error.message });
      }
    });
    view.addEventListener("export", ({ detail }) => this.#download(detail));
    view.addEventListener("copy", ({ detail }) => this.#copy(detail));
    view.addEventListener("drag-out", ({ detail }) => {
      const wanted = { format: "png", layers: [detail.layer], trim: true };
      detail.link(api.openLink(this.#shown.jobId, wanted), this.#fileName(wanted));
    });
  }

  async #revise(edits) {
    this.#busy({ text: "Changing only what you asked for", progress: 0 });
    try {
      await this.#saving;
      const job = await api.revise(this.#shown.jobId, await Promise.all(edits.map(sent)), crypto.randomUUID());
      location.hash = `#/job/${job.jobId}`;
    } catch (error) {
      this.#busy(false);
      tell(this, "say", { bad: true, text: error.message });
    }
  }

  /** Names that differ: by layer, by kind of file, and by whether the layers are arranged. */
  #fileName({ format, layers = [], arranged = false, trim = false }) {
    const { exporters, fileName, layers: all } = this.#view.stack;
    const { extension = format, stem = "" } = exporters.find((one) => one.id === format) ?? {};
    const named = layers.map((id) => all.find((layer) => layer.id === id)?.name ?? id);
    const part = named.length > 1 ? `${named.length} layers` : (named[0] ?? stem);
    const whole = layers.length === 1 && !trim && layers[0] !== all[0].id ? "full size" : "";
    const words = [fileName, part, whole, arranged ? "arranged" : ""].filter(Boolean).join("-");
    return `${words.replace(/[\\/:*?"<>|\s]+/g, "-").slice(0, 120)}.${extension}`;
  }

  async #download(wanted) {
    const name = this.#fileName(wanted);
    try {
      await this.#saving;
      const url = URL.createObjectURL(await api.download(this.#shown.jobId, wanted));
      h("a", { href: url, download: name }).click();
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
      tell(this, "say", { text: `${name} is in your downloads.` });
    } catch (error) {
      tell(this, "say", { bad: true, text: error.message });
    }
  }

  /** The browser wants to know at once that something will be copied, and waits for it. */
  async #copy(wanted) {
    try {
      const picture = this.#saving.then(() => api.download(this.#shown.jobId, wanted));
      await navigator.clipboard.write([new ClipboardItem({ "image/png": picture })]);
      tell(this, "say", { text: "Copied as a picture with transparency." });
    } catch (error) {
      const text = error.status
        ? error.message
        : "This browser does not let pages copy pictures; save the PNG instead.";
      tell(this, "say", { bad: true, text });
    }
  }
}
