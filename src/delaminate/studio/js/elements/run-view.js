// A running job: its picture with what was found, a line of progress for each layer, and a way to stop it.

import * as api from "../api.js";
import { announce, fill, h } from "../dom.js";

export class RunView {
  #stage = h("picture-stage");
  #title = h("h1", { class: "panel-title" }, "Looking for it");
  #step = h("p", { class: "hint" });
  #whole = h("progress", { class: "run-whole", max: 1, "aria-label": "Whole job" });
  #lost = h(
    "p",
    { class: "notice warn", role: "status", hidden: true },
    "The connection is lost. The job goes on; trying to reach it again.",
  );
  #layers = h("ol", { class: "run-layers" });
  #seconds = h("span", { class: "run-seconds" });
  #begun = performance.now();
  #clock = 0;
  #job = null;
  #found = "";
  #said = 0;

  constructor(cancel) {
    const stop = h("button", { class: "button wide" }, "Cancel");
    stop.addEventListener("click", () => {
      stop.disabled = true;
      cancel();
    });
    this.element = h(
      "div",
      { class: "desk" },
      h("section", { class: "desk-view", "aria-label": "Picture" }, this.#stage),
      h(
        "section",
        { class: "desk-panel", "aria-label": "Progress" },
        h(
          "div",
          { class: "desk-scroll stack-gap" },
          h("div", { class: "run-head" }, this.#title, this.#step, h("p", { class: "hint" }, this.#seconds)),
          this.#whole,
          this.#lost,
          this.#layers,
        ),
        h(
          "div",
          { class: "desk-foot" },
          h("p", { class: "hint" }, "You may close this page; the job goes on and waits in your history."),
          stop,
        ),
      ),
    );
  }

  /** Seconds are counted and the running layer's bar creeps on, so that it is seen that the work goes on. */
  #tick() {
    if (!this.element.isConnected && this.#job) return clearInterval(this.#clock);
    if (!this.#job) return undefined;
    const waited = (performance.now() - this.#begun) / 1000;
    this.#seconds.textContent = `${Math.round(waited)} s`;
    const now = this.#layers.querySelector('[data-state="now"] progress');
    if (now) now.value += (0.95 - now.value) * 0.04;
    const { value } = this.#whole;
    this.#whole.value = value + Math.max(0, this.#reach - value) * 0.05;
    return undefined;
  }

  #reach = 0;

  picture(picture) {
    this.#stage.picture = picture;
  }

  linked(link) {
    this.#lost.hidden = link;
  }

  show(job) {
    const found = job.metadata.found ?? [];
    this.#clock ||= setInterval(() => this.#tick(), 1000);
    this.#job = job;
    this.#whole.value = Math.max(this.#whole.value || 0, job.progress);
    // The next milestone that is known: the end of the search, or of the layer that is being made.
    const spans = (job.metadata.found ?? []).map(({ progress }) => progress[1]);
    this.#reach = spans.find((end) => end > job.progress) ?? (spans.length ? 1 : 0.35);
    if (JSON.stringify(found) !== this.#found) this.#list(found);
    const states = found.map(({ progress: [begun, done] }) => {
      const share = Math.max(0, Math.min(1, (job.progress - begun) / (done - begun)));
      return share >= 1 ? ["done", 1] : share > 0 ? ["now", share] : ["", 0];
    });
    const now = states.findIndex(([state]) => state === "now");
    for (const [at, [state, share]] of states.entries()) {
      const item = this.#layers.children[at];
      item.dataset.state = state;
      const bar = item.querySelector("progress");
      bar.value = state === "now" ? Math.max(bar.value, share) : share;
    }
    const done = states.filter(([state]) => state === "done").length;
    this.#mark(found, states);
    if (done > this.#made.size) this.#collect(job.jobId);
    const [title, step] = words(job, found, now, done);
    this.#title.textContent = title;
    this.#step.textContent = step;
    if (done > this.#said) announce(`${found[done - 1].name} is done, ${done} of ${found.length}`);
    this.#said = done;
  }

  /** The layers that were made lie lifted on the picture, in the place of their boxes. */
  #mark(found, states) {
    const marks = found.map((one, at) => ({
      key: one.id,
      name: one.name,
      box: one.bbox,
      state: states[at][0] || "waits",
      made: this.#made.get(one.id) ?? null,
    }));
    const known = JSON.stringify(marks);
    if (known === this.#marked) return;
    this.#marked = known;
    this.#stage.marks = marks;
    this.#remark = () => this.#mark(found, states);
  }

  #marked = "";
  #made = new Map();
  #collecting = false;
  #remark = () => {};

  async #collect(id) {
    if (this.#collecting) return;
    this.#collecting = true;
    try {
      for (const { id: layer, url } of await api.made(id)) if (!this.#made.has(layer)) this.#made.set(layer, url);
      this.#remark();
    } catch {
      // It is shown with the next sign of progress.
    }
    this.#collecting = false;
  }

  #list(found) {
    this.#found = JSON.stringify(found);
    fill(
      this.#layers,
      found.map((one, at) => {
        const item = h(
          "li",
          { class: "run-layer" },
          h("span", { class: "run-dot", "aria-hidden": "true" }),
          h("span", { class: "run-name" }, one.name),
          h("progress", { max: 1, value: 0, "aria-label": one.name }),
        );
        item.style.setProperty("--hue", `var(--hue-${(at % 8) + 1})`);
        return item;
      }),
    );
  }
}

function words(job, found, now, done) {
  if (job.status === "queued" || job.status === "pending") return ["Waiting for its turn", "Others are before it."];
  if (!found.length) return ["Looking for it", "Reading the picture and your words."];
  if (done === found.length)
    return ["Checking", "Laying the layers over each other: they must be your picture again, bit for bit."];
  return [
    "Taking it apart",
    `Layer ${(now < 0 ? done : now) + 1} of ${found.length}: cutting out, filling in what lies behind.`,
  ];
}
