// <home-screen>: where a picture comes in, by dropping, pasting or choosing it, or as one of the examples.

import * as api from "../api.js";
import { fill, h, tell } from "../dom.js";
import { draft } from "../draft.js";

const RECENT = 4;

/** It is in the page as that comes, and can be used before this runs. */
export class HomeScreen extends HTMLElement {
  #ending;
  #drop = this.querySelector(".drop");
  #input = this.querySelector("input");
  #resting = [...this.#drop.children];

  constructor() {
    super();
    this.#input.addEventListener("change", () => this.#takeChosen());
    for (const example of this.querySelectorAll(".example"))
      example.addEventListener("click", () => this.#takeExample(example));
  }

  connectedCallback() {
    this.#ending = new AbortController();
    this.#listen();
    this.#recent();
    tell(this, "titled", "");
    this.#rest();
    this.#takeChosen();
  }

  disconnectedCallback() {
    this.#ending.abort();
  }

  #listen() {
    const { signal } = this.#ending;
    const over = (on) => (event) => {
      event.preventDefault();
      this.#drop.classList.toggle("over", on && event.dataTransfer?.types.includes("Files"));
    };
    addEventListener("dragover", over(true), { signal });
    addEventListener("dragleave", over(false), { signal });
    const drop = (event) => {
      over(false)(event);
      this.#takeAll([...event.dataTransfer.files]);
    };
    addEventListener("drop", drop, { signal });
    addEventListener(
      "paste",
      (event) => {
        this.#takeAll([...event.clipboardData.files].filter((file) => file.type.startsWith("image/")));
      },
      { signal },
    );
  }

  /** Wait for a picture. */
  #rest() {
    fill(this.#drop, this.#resting);
  }

  /** The field is emptied: what is chosen next is news even if it is the same file. */
  #takeChosen() {
    const files = [...this.#input.files];
    this.#input.value = "";
    this.#takeAll(files);
  }

  /** Several are a batch. */
  async #takeAll(files) {
    if (files.length < 2) {
      this.#take(files[0]);
      return;
    }
    const { begin, MOST } = await import("../batch.js");
    if (files.length > MOST) tell(this, "say", { bad: true, text: `The first ${MOST} are taken; ${MOST} go at once.` });
    location.hash = `#/batch/${begin(files)}`;
  }

  async #takeExample(button) {
    const asked = {
      instruction: button.querySelector("q").textContent,
      layers: Number(button.dataset.layers),
      looked: true,
    };
    this.#take(await api.example(button.dataset.file), asked);
  }

  async #take(file, asked = {}) {
    if (!file) return;
    if (file.size === 0) {
      this.#rest();
      this.#drop.prepend(
        h("p", { class: "notice bad", role: "alert" }, `${file.name} is empty. Choose another picture.`),
      );
      return;
    }
    const bar = h("progress", { max: 1, value: 0, "aria-label": "Sending the picture" });
    fill(
      this.#drop,
      h("span", { class: "spinner", "aria-hidden": "true" }),
      h("p", { class: "drop-title", role: "status" }, `Reading ${file.name}`),
      bar,
    );
    try {
      const asset = await api.upload(file, (share) => (bar.value = share), this.#ending.signal);
      draft(asset.id, { instruction: "", layers: 6, ...asked });
      location.hash = `#/picture/${asset.id}`;
    } catch (error) {
      if (error.name === "AbortError") return;
      this.#rest();
      this.#drop.prepend(h("p", { class: "notice bad", role: "alert" }, sentence(error, file)));
    }
  }

  /** The latest pictures, each as its latest split with the repairs that followed. */
  async #recent() {
    const { signal } = this.#ending;
    const { jobs } = await api.jobs(null, 30).catch(() => ({ jobs: [] }));
    if (!jobs.length) return;
    const [{ jobCard }, { byPicture }, pictures] = await Promise.all([
      import("../elements/job-card.js"),
      import("../picture-groups.js"),
      api.assets([...new Set(jobs.map((job) => job.metadata.input.image))]).catch(() => new Map()),
    ]);
    if (signal.aborted) return;
    this.querySelector(".recent")?.remove();
    this.append(
      h(
        "section",
        { class: "recent", "aria-labelledby": "recent" },
        h("h2", { id: "recent" }, "Where you left off"),
        h(
          "ul",
          { class: "cards" },
          byPicture(jobs, pictures)
            .slice(0, RECENT)
            .map((group) => h("li", {}, jobCard(group, group.splits[0]))),
        ),
      ),
    );
  }
}

function sentence(error, file) {
  if (error.input !== "image" && error.status !== 400) return error.message;
  const why = error.message.replace(/^Input \w+: /, "").replace(/^./, (letter) => letter.toUpperCase());
  return `${file.name} cannot be used. ${why}`;
}
