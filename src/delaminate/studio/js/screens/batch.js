// <batch-screen>: several pictures, each a row, that are sent, split in one way and saved together.

import * as api from "../api.js";
import { atOnce, lookClear, mostOf } from "../at-once.js";
import { batch, fileOf, keep } from "../batch.js";
import { announce, counted, fill, h, tell } from "../dom.js";
import { shown } from "../drawing.js";
import { icon } from "../icons.js";
import { layersOf } from "../picture-groups.js";
import { ended } from "../watch.js";

const LOOK_MS = 1000;
/** The service takes so many jobs of one project at a time; the others wait here. */
const FULL_MS = 3000;
const CUTOUT = { id: "cutout", name: "PNG without the background" };

export class BatchScreen extends HTMLElement {
  #gone = new AbortController();
  #state = null;
  #limits = { layers: Infinity };
  #pictures = new Map();
  #jobs = new Map();
  #sent = new Map();
  #starting = false;
  #rows = h("ul", { class: "batch-rows" });
  #title = h("h1", {});
  #count = h("p", { class: "hint", role: "status" });
  #words = h("textarea", { class: "field", id: "batch-words", rows: 2, placeholder: "the product and its shadow" });
  #most = h("input", { class: "field short", id: "batch-most", type: "number", min: 1, inputmode: "numeric" });
  #go = h("button", { class: "button primary", type: "submit" });
  #form = h("select", { class: "field", "aria-label": "Save as" });
  #save = h(
    "button",
    { class: "button", type: "button", onclick: () => this.#saveAll() },
    icon("download"),
    "Save all",
  );
  #out = h("div", { class: "line batch-out", hidden: true }, this.#form, this.#save);

  async connectedCallback() {
    this.className = "page batch";
    this.#state = batch(this.dataset.id);
    if (this.#state === null) {
      fill(
        this,
        h("h1", {}, "This batch is not here"),
        h("p", { class: "lead" }, "Batches are kept by the tab that began them. What it split is in the history."),
        h("p", { class: "line" }, h("a", { class: "button primary", href: "#/history" }, "History")),
      );
      return;
    }
    this.#build();
    tell(this, "titled", this.#title.textContent);
    const [{ parameters }, offered] = await Promise.all([
      api.model().catch(() => ({ parameters: {} })),
      api.exporters().catch(() => []),
    ]);
    if (parameters.limits) this.#limits = parameters.limits;
    this.#most.max = this.#limits.layers;
    this.#words.maxLength = this.#limits.words ?? -1;
    this.#offer(offered);
    await this.#find();
    this.#send();
    if (this.#state.asked) this.#start();
    this.#follow();
  }

  disconnectedCallback() {
    this.#gone.abort();
  }

  #build() {
    const { words, most } = this.#state;
    this.#words.value = words;
    this.#most.value = most;
    this.#words.addEventListener("input", () => this.#keep({ words: this.#words.value }));
    this.#most.addEventListener("change", () => {
      const wanted = Math.max(1, Math.min(this.#limits.layers, Math.round(this.#most.valueAsNumber) || 6));
      this.#most.value = wanted;
      this.#keep({ most: wanted });
    });
    const onsubmit = (event) => {
      event.preventDefault();
      if (!this.#words.value.trim()) this.#words.focus();
      else this.#ask({ words: this.#words.value.trim(), most: this.#most.valueAsNumber });
    };
    fill(
      this,
      h("div", { class: "batch-head" }, this.#title, this.#count),
      h(
        "form",
        { class: "batch-ask", onsubmit },
        h("label", { class: "label", for: "batch-words" }, "What shall come off each of them?"),
        this.#words,
        atOnce((wish) => {
          this.#words.value = wish.words;
          this.#ask({ ...wish, most: mostOf(wish, this.#limits) });
        }),
        h(
          "div",
          { class: "line" },
          this.#go,
          h("label", { class: "line batch-most", for: "batch-most" }, "Layers at most ", this.#most),
        ),
      ),
      this.#out,
      this.#rows,
    );
    this.#show();
  }

  #keep(part) {
    Object.assign(this.#state, part);
    keep(this.dataset.id, this.#state);
  }

  #set(row, part) {
    Object.assign(row, part);
    this.#keep({});
    this.#show();
  }

  #offer(offered) {
    const forms = offered.filter((one) => one.id !== "png");
    fill(
      this.#form,
      [CUTOUT, ...forms].map(({ id, name }) => h("option", { value: id }, name)),
    );
    this.#forms = new Map(forms.map((one) => [one.id, one]));
  }

  #forms = new Map();

  /** Pictures and jobs that are known from before a reload. */
  async #find() {
    const ids = this.#state.rows.map((row) => row.asset).filter(Boolean);
    if (ids.length) this.#pictures = await api.assets(ids).catch(() => new Map());
    for (const row of this.#state.rows)
      if (!row.asset && !row.error && !fileOf(row)) row.error = "It was not sent before the page was left.";
    this.#show();
  }

  // --------------------------------------------------------------------------------------------------------- sending

  async #send() {
    for (const row of this.#state.rows) {
      if (row.asset || row.error || this.#gone.signal.aborted) continue;
      try {
        if (fileOf(row).size === 0) throw new Error("The file is empty.");
        const progress = (share) => {
          this.#sent.set(row.key, share);
          this.#show();
        };
        const asset = await api.upload(fileOf(row), progress, this.#gone.signal);
        this.#pictures.set(asset.id, asset);
        this.#set(row, { asset: asset.id });
        if (this.#state.asked) this.#start();
      } catch (error) {
        if (error.name === "AbortError") return;
        this.#set(row, { error: capital(error.message) });
      }
    }
  }

  // -------------------------------------------------------------------------------------------------------- splitting

  /** One wish for all of them; those that were split before are split anew. */
  #ask({ words, most, clear = false }) {
    for (const row of this.#state.rows) if (row.asset) Object.assign(row, { job: null, error: "" });
    this.#keep({ words, most, clear, asked: crypto.randomUUID() });
    this.#show();
    this.#start();
  }

  /** Start what can be started, one after the other. */
  async #start() {
    if (this.#starting) return;
    this.#starting = true;
    const { signal } = this.#gone;
    const next = () => this.#state.rows.find((row) => row.asset && !row.job && !row.error);
    for (let row = next(); row && !signal.aborted; row = next()) {
      const { words, most, clear, asked } = this.#state;
      try {
        const body = { image: row.asset, separationInstruction: words, maxLayers: most };
        const job = await api.generate(body, `${asked} ${row.key}`);
        if (this.#state.asked !== asked) continue;
        if (clear) lookClear(job);
        this.#jobs.set(job.jobId, job);
        this.#set(row, { job: job.jobId });
        this.#follow();
      } catch (error) {
        if (error.status === 429) await new Promise((done) => setTimeout(done, FULL_MS));
        else this.#set(row, { error: capital(error.message) });
      }
    }
    this.#starting = false;
  }

  #following = false;

  /** Look how the jobs stand, all with one question, while any of them goes on. */
  async #follow() {
    if (this.#following) return;
    this.#following = true;
    const { signal } = this.#gone;
    const open = () => this.#state.rows.filter((row) => row.job && !this.#isDone(row));
    while (open().length && !signal.aborted) {
      try {
        const { jobs } = await api.jobs(null, 100);
        for (const job of jobs) this.#jobs.set(job.jobId, job);
        const told = new Set(jobs.map((job) => job.jobId));
        for (const row of open()) if (!told.has(row.job)) this.#jobs.set(row.job, await api.job(row.job, signal));
      } catch (error) {
        if (error.status === 404) for (const row of open()) if (!this.#jobs.has(row.job)) row.error = "It was deleted.";
      }
      this.#show();
      if (open().length) await new Promise((done) => setTimeout(done, LOOK_MS));
    }
    this.#following = false;
  }

  #isDone(row) {
    const job = this.#jobs.get(row.job);
    return Boolean(row.error) || (job !== undefined && ended(job));
  }

  // ---------------------------------------------------------------------------------------------------------- showing

  #show() {
    const { rows } = this.#state;
    const done = rows.filter((row) => layersOf(this.#jobs.get(row.job) ?? {}) !== null);
    this.#title.textContent = counted(rows.length, "picture");
    const said = this.#state.asked ? `${done.length} of ${rows.length} split` : "";
    if (this.#count.textContent !== said) {
      this.#count.textContent = said;
      if (done.length === rows.length) announce("All pictures are split");
    }
    fill(this.#go, icon("layers"), this.#state.asked ? "Split all again" : `Split ${counted(rows.length, "picture")}`);
    this.#out.hidden = done.length === 0;
    for (const [at, row] of rows.entries()) {
      const now = this.#rows.children[at];
      const look = this.#look(row);
      const known = JSON.stringify(look);
      if (now?.dataset.known === known) continue;
      const held = now?.contains(document.activeElement);
      const item = this.#row(row, look);
      item.dataset.known = known;
      if (now) now.replaceWith(item);
      else this.#rows.append(item);
      if (held) item.querySelector("a, button")?.focus();
    }
    while (this.#rows.children.length > rows.length) this.#rows.lastChild.remove();
  }

  /** What is shown of a row: {says, share, bad, open, again}. */
  #look(row) {
    const job = this.#jobs.get(row.job);
    const sent = this.#sent.get(row.key);
    if (row.error) return { says: row.error, bad: true, again: Boolean(row.asset) };
    if (!row.asset) return { says: "Sending", share: sent ?? 0 };
    if (!row.job) return { says: this.#state.asked ? "Waiting for its turn" : "Ready", picture: row.asset };
    const layers = job ? layersOf(job) : null;
    if (layers !== null) return { says: counted(layers, "layer"), open: true, picture: row.asset };
    if (job?.status === "failure") return { says: job.metadata.error ?? "It failed.", bad: true, again: true };
    if (job?.status === "canceled") return { says: "Cancelled", again: true };
    const running = job && job.status !== "queued" && job.status !== "pending";
    return {
      says: running ? "Taking it apart" : "Waiting for its turn",
      share: job?.progress ?? 0,
      picture: row.asset,
    };
  }

  #row(row, { says, share, bad, open, again }) {
    const picture = this.#pictures.get(row.asset);
    const frame = h(
      "span",
      { class: "card-frame" },
      picture ? h("img", { src: shown(picture), alt: "", loading: "lazy", decoding: "async" }) : null,
    );
    return h(
      "li",
      { class: "batch-row" },
      frame,
      h("strong", { class: "batch-name" }, row.name),
      h("span", { class: bad ? "batch-says bad" : "batch-says" }, says),
      share === undefined ? null : h("progress", { max: 1, value: share, "aria-label": row.name }),
      h(
        "span",
        { class: "line batch-ways" },
        open ? h("a", { class: "button", href: `#/job/${row.job}` }, `Open ${row.name}`) : null,
        again
          ? h("button", { class: "button", type: "button", onclick: () => this.#again(row) }, `Try ${row.name} again`)
          : null,
      ),
    );
  }

  #again(row) {
    this.#set(row, { job: null, error: "" });
    // Another question: the answer to the last one is known.
    this.#keep({ asked: crypto.randomUUID() });
    this.#start();
  }

  // ----------------------------------------------------------------------------------------------------------- saving

  /** One file a picture, one after the other, as browsers want it. */
  async #saveAll() {
    this.#save.disabled = true;
    let saved = 0;
    for (const row of this.#state.rows) {
      const job = this.#jobs.get(row.job);
      if (!job || layersOf(job) === null || this.#gone.signal.aborted) continue;
      try {
        const form = this.#form.value;
        const things = job.metadata.output.layers.slice(1).map((layer) => layer.id);
        if (form === CUTOUT.id && !things.length) continue;
        const wanted = form === CUTOUT.id ? { format: "png", layers: things } : { format: form };
        const blob = await api.download(row.job, wanted);
        const url = URL.createObjectURL(blob);
        const { extension = "png", stem = "" } = this.#forms.get(form) ?? {};
        const whole = [row.name.replace(/\.[a-z0-9]{2,5}$/i, ""), stem].filter(Boolean).join("-");
        h("a", { href: url, download: `${whole}.${extension}` }).click();
        setTimeout(() => URL.revokeObjectURL(url), 60_000);
        saved += 1;
      } catch (error) {
        tell(this, "say", { bad: true, text: `${row.name}: ${error.message}` });
      }
    }
    this.#save.disabled = false;
    if (saved) tell(this, "say", { text: `${counted(saved, "file")} in your downloads.` });
  }
}

function capital(text) {
  return text.replace(/^Input \w+: /, "").replace(/^./, (letter) => letter.toUpperCase());
}
