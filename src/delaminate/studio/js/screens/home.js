// <home-screen>: where a picture comes in, by dropping, pasting or choosing it, or as one of the examples.

import * as api from "../api.js";
import { fill, h, icon, tell } from "../dom.js";
import { draft } from "../draft.js";

const EXAMPLES = [
  { file: "market.png", small: "market-small.webp", title: "A poster", asks: "the blue jug, the red apple, the yellow lemon and every text line", layers: 8 },
  { file: "still-life.png", small: "still-life-small.webp", title: "A still life", asks: "the jug, the apple and the lemon", layers: 6 },
  { file: "card.png", small: "card-small.webp", title: "A card", asks: "extract every object, shape and text line", layers: 8 },
];

export class HomeScreen extends HTMLElement {
  #ending = new AbortController();
  #input = h("input", { type: "file", accept: "image/*,.tif,.tiff,.avif", id: "file", hidden: true });
  #drop = h("div", { class: "drop" });

  connectedCallback() {
    this.className = "page home";
    this.#input.addEventListener("change", () => this.#take(this.#input.files[0]));
    this.#ready();
    fill(
      this,
      h(
        "section",
        { class: "home-top" },
        h(
          "div",
          { class: "home-words" },
          h("h1", {}, "Take a picture apart."),
          h("p", { class: "lead" }, "Say what you want to move. You get it back as clean layers, with what lies behind filled in, and together they are your picture again, bit for bit."),
        ),
        this.#drop,
      ),
      this.#input,
      h("section", { "aria-labelledby": "examples" }, h("h2", { id: "examples" }, "Or start with one of these"), this.#examples()),
    );
    this.#recent();
    this.#listen();
    tell(this, "titled", "");
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
    addEventListener("drop", (event) => (over(false)(event), this.#take(event.dataTransfer.files[0])), { signal });
    addEventListener(
      "paste",
      (event) => {
        const picture = [...event.clipboardData.files].find((file) => file.type.startsWith("image/"));
        if (picture) this.#take(picture);
      },
      { signal },
    );
  }

  #ready() {
    fill(
      this.#drop,
      h("div", { class: "drop-sheets", "aria-hidden": "true" }, h("i"), h("i"), h("i")),
      h("p", { class: "drop-title" }, "Drop a picture here"),
      h(
        "p",
        {},
        h("button", { class: "button primary", onclick: () => this.#input.click() }, icon("picture"), "Choose a picture"),
      ),
      h("p", { class: "hint" }, h("span", { class: "with-keys" }, "or paste one with Ctrl+V · "), "PNG, JPEG, WebP, TIFF, AVIF, up to 100 megapixels"),
    );
  }

  #examples() {
    return h(
      "ul",
      { class: "examples" },
      EXAMPLES.map(({ file, small, title, asks, layers }) =>
        h(
          "li",
          {},
          h(
            "button",
            { class: "example", onclick: async () => this.#take(await api.example(file), { instruction: asks, layers, looked: true }) },
            h("span", { class: "example-frame" }, h("img", { src: new URL(`../../examples/${small}`, import.meta.url), alt: "", width: 320, height: 240 })),
            h("span", { class: "example-title" }, title),
            h("span", { class: "hint" }, `“${asks}”`),
          ),
        ),
      ),
    );
  }

  async #take(file, asked = {}) {
    if (!file) return;
    const bar = h("progress", { max: 1, value: 0, "aria-label": "Sending the picture" });
    fill(this.#drop, h("span", { class: "spinner", "aria-hidden": "true" }), h("p", { class: "drop-title", role: "status" }, `Reading ${file.name}`), bar);
    try {
      const asset = await api.upload(file, (share) => (bar.value = share), this.#ending.signal);
      draft(asset.id, { instruction: "", layers: 6, ...asked });
      location.hash = `#/picture/${asset.id}`;
    } catch (error) {
      if (error.name === "AbortError") return;
      this.#ready();
      this.#input.value = "";
      this.#drop.prepend(h("p", { class: "notice bad", role: "alert" }, sentence(error, file)));
    }
  }

  async #recent() {
    const { jobs } = await api.jobs(null, 4).catch(() => ({ jobs: [] }));
    if (!jobs.length || this.#ending.signal.aborted) return;
    const [{ jobCard }, pictures] = await Promise.all([
      import("../elements/job-card.js"),
      api.assets(jobs.map((job) => job.metadata.input.image)).catch(() => new Map()),
    ]);
    this.append(
      h(
        "section",
        { "aria-labelledby": "recent" },
        h("h2", { id: "recent" }, "Where you left off"),
        h("ul", { class: "cards" }, jobs.map((job) => h("li", {}, jobCard(job, pictures.get(job.metadata.input.image))))),
      ),
    );
  }
}

function sentence(error, file) {
  if (error.input === "image" || error.status === 400) return `${file.name} cannot be used. ${error.message.replace(/^Input image: /, "").replace(/^./, (letter) => letter.toUpperCase())}`;
  return error.message;
}
