// <picture-screen>: a picture, what to separate from it, and the plan, to be looked at and changed before it runs.

import * as api from "../api.js";
import { announce, counted, fill, h, tell } from "../dom.js";
import { draft } from "../draft.js";
import { priced, shown, sizeOf } from "../drawing.js";
import { icon } from "../icons.js";
import { isPlaced, markedRow, moved, planOf, rowsOf } from "../plan.js";

const SUGGESTIONS = ["Extract every object", "The main subject", "Every text line", "Every object and text line"];
const HINTS = {
  embedded:
    "This engine reads text and finds shapes and things that stand out. It knows colours, places, sizes and counts, " +
    "and what many drawn things are called: “the red apple on the left”, “the two largest cards”, “the title”. " +
    "It knows few things in photographs; when it takes the wrong thing, draw a box around the right one.",
};
const ANY_HINT = "Name things as you would to a person: “the woman in the red coat”, “her bag”, “the title”.";

export class PictureScreen extends HTMLElement {
  #ending = new AbortController();
  #looking = null;
  #asset = null;
  #answer = null;
  #rows = [];
  #changed = false;
  #marking = null;
  #once = crypto.randomUUID();
  #models = ["content-aware"];
  #limits = { layers: Infinity };
  #stage = h("picture-stage");
  #list = h("plan-list");
  #tools = new Map();
  #words = h("textarea", {
    class: "field plan-words-field",
    id: "instruction",
    rows: 3,
    placeholder: "the red apple, the jug and the title",
  });
  #hint = h("p", { class: "hint" });
  #help = h(
    "div",
    { class: "ask-help" },
    h(
      "div",
      { class: "chips", role: "group", "aria-label": "Suggestions" },
      SUGGESTIONS.map((words) =>
        h("button", { class: "chip", type: "button", onclick: () => this.#suggest(words) }, words),
      ),
    ),
    this.#hint,
  );
  #find = h("button", { class: "button wide", type: "submit" });
  #layers = h("input", { class: "field short", id: "layers", type: "number", min: 1, inputmode: "numeric" });
  #fillWith = h("select", { class: "field", id: "fill-with" });
  #fillHint = h("input", { class: "field", id: "fill-hint", placeholder: "wooden table" });
  #plan = h("section", { class: "plan", "aria-labelledby": "plan-title" });
  #foot = h("div", { class: "desk-foot", hidden: true });
  #price = h("p", { class: "hint", role: "status" });
  #go = h("button", { class: "button primary wide", onclick: () => this.#run() });

  async connectedCallback() {
    this.className = "desk";
    const kept = draft(this.dataset.id);
    this.#words.value = kept.instruction;
    this.#layers.value = kept.layers;
    fill(
      this,
      h("section", { class: "desk-view", "aria-label": "Picture" }, this.#stage, this.#toolbar()),
      this.#panel(),
    );
    this.#listen();
    tell(this, "titled", "New picture");
    try {
      this.#asset = await api.asset(this.dataset.id);
    } catch (error) {
      fill(
        this,
        h(
          "div",
          { class: "page" },
          h("h1", {}, "This picture is gone"),
          h("p", { class: "lead" }, error.message),
          h("p", {}, h("a", { class: "button", href: "#/" }, "Choose another")),
        ),
      );
      return;
    }
    const alt = `Your picture ${this.#asset.metadata.name ?? ""}`;
    this.#stage.picture = { url: shown(this.#asset), ...sizeOf(this.#asset), alt };
    this.#stage.editable = true;
    this.#use("select");
    this.#show();
    await this.#offer();
    if (kept.instruction && kept.looked) this.#look();
  }

  disconnectedCallback() {
    this.#ending.abort();
    this.#looking?.abort();
  }

  // -------------------------------------------------------------------------------------------------------- building

  #toolbar() {
    const tool = (name, sign, label) => {
      const use = (event) => {
        this.#use(name);
        // Pressed by a key: there is no pointer to draw with.
        if (event.detail === 0 && name !== "select") this.#stage.markMiddle(name);
      };
      const button = h(
        "button",
        { class: "button", type: "button", "aria-pressed": "false", onclick: use },
        icon(sign),
        label,
      );
      this.#tools.set(name, button);
      return button;
    };
    return h(
      "div",
      { class: "tools", role: "toolbar", "aria-label": "Mark things in the picture" },
      tool("select", "pointer", "Select"),
      tool("box", "box", "Draw a box"),
      tool("point", "points", "Click a thing"),
    );
  }

  #panel() {
    const onsubmit = (event) => {
      event.preventDefault();
      this.#look();
    };
    const ask = h(
      "form",
      { class: "ask", onsubmit },
      h("h1", { class: "panel-title" }, h("label", { for: "instruction" }, "What shall come off?")),
      this.#words,
      this.#help,
      h(
        "details",
        { class: "more" },
        h("summary", {}, "More options"),
        h("div", { class: "more-fields" }, this.#options()),
      ),
      this.#find,
    );
    this.#foot.append(this.#price, this.#go);
    return h(
      "section",
      { class: "desk-panel", "aria-label": "Plan" },
      h("div", { class: "desk-scroll stack-gap" }, ask, this.#plan),
      this.#foot,
    );
  }

  #options() {
    return [
      h("div", { class: "more-line" }, h("label", { for: "layers" }, "Layers at most"), this.#layers),
      h("div", {}, h("label", { class: "label", for: "fill-with" }, "Fill what lies behind with"), this.#fillWith),
      h("div", {}, h("label", { class: "label", for: "fill-hint" }, "What lies behind, if you know"), this.#fillHint),
    ];
  }

  #listen() {
    const rows = (change) => (event) => this.#change(change(event.detail));
    this.#stage.addEventListener("mark-made", ({ detail }) => this.#made(detail));
    this.#stage.addEventListener(
      "mark-moved",
      rows(({ key, ...place }) => this.#with(key, { ...place, edited: true })),
    );
    this.#stage.addEventListener("mark-chosen", ({ detail }) => this.#choose(detail.key));
    this.#stage.addEventListener("mark-removed", ({ detail }) => this.#remove(detail.key));
    this.#list.addEventListener("row-chosen", ({ detail }) => this.#choose(detail.key));
    this.#list.addEventListener("row-removed", ({ detail }) => this.#remove(detail.key));
    this.#list.addEventListener(
      "row-moved",
      rows(({ key, places }) => moved(this.#rows, key, places)),
    );
    this.#list.addEventListener("row-renamed", ({ detail }) => {
      this.#rows = this.#with(detail.key, { name: detail.name, renamed: true });
      this.#changed = true;
      this.#stage.marks = this.#marks();
    });
    this.#list.addEventListener("row-mark", ({ detail }) => {
      this.#marking = detail.key;
      this.#use("box");
      announce("Draw a box around it in the picture, or press the box tool to put one in the middle.");
    });
    this.#words.addEventListener("input", () => {
      draft(this.dataset.id, { instruction: this.#words.value });
      this.#show();
    });
    this.#words.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#look();
    });
    this.#layers.addEventListener("change", () => {
      this.#layers.value = this.#most();
      draft(this.dataset.id, { layers: this.#most() });
      if (this.#answer && !this.#changed) this.#look();
    });
    this.#fillWith.addEventListener("change", () => this.#showPrice());
  }

  /** What this server has, told once it is known. */
  async #offer() {
    const { parameters, uiConfig } = await api.model().catch(() => ({ parameters: {} }));
    this.#hint.textContent = HINTS[parameters.engine ?? "embedded"] ?? ANY_HINT;
    if (parameters.inpaintModels) this.#models = Object.keys(parameters.inpaintModels);
    if (parameters.limits) this.#bound(parameters.limits);
    const names = uiConfig?.selects?.inpaintModel ?? {};
    fill(
      this.#fillWith,
      this.#models.map((id) => h("option", { value: id }, names[id] ?? id)),
    );
    if (this.#models.includes("content-aware")) this.#fillWith.value = "content-aware";
  }

  #bound(limits) {
    this.#limits = this.#list.limits = limits;
    this.#words.maxLength = this.#fillHint.maxLength = limits.words;
    this.#layers.max = limits.layers;
  }

  // -------------------------------------------------------------------------------------------------------- changing

  #with(key, facts) {
    return this.#rows.map((row) => (row.key === key ? { ...row, ...facts } : row));
  }

  #change(rows) {
    this.#rows = rows;
    this.#changed = true;
    this.#show();
    this.#showPrice();
  }

  #made({ byKey = false, ...mark }) {
    if (this.#rows.filter(isPlaced).length >= this.#limits.layers) {
      tell(this, "say", {
        bad: true,
        text: `A picture can be split into ${this.#limits.layers} layers at once; remove one first.`,
      });
      return;
    }
    const key = this.#marking;
    this.#marking = null;
    if (key !== null) this.#change(this.#with(key, { ...mark, edited: true, confidence: null }));
    else this.#change([markedRow(mark), ...this.#rows]);
    this.#use("select");
    const made = key ?? this.#rows[0].key;
    this.#choose(made);
    // What was drawn wants a name; what a key put into the middle wants to be moved first.
    if (byKey || key !== null) this.#stage.focusMark(made);
    else this.#list.focusName(made);
  }

  #remove(key) {
    this.#change(this.#rows.filter((row) => row.key !== key));
  }

  #choose(key) {
    this.#stage.chosen = key;
    this.#list.chosen = key;
  }

  #use(tool) {
    this.#stage.tool = tool;
    for (const [name, button] of this.#tools) button.setAttribute("aria-pressed", String(name === tool));
  }

  #suggest(words) {
    this.#words.value = words;
    draft(this.dataset.id, { instruction: words });
    this.#look();
  }

  // -------------------------------------------------------------------------------------------------- asking, showing

  #most() {
    return Math.max(1, Math.min(this.#limits.layers, Math.round(Number(this.#layers.value)) || 6));
  }

  #body() {
    const placed = this.#rows.filter(isPlaced).length;
    return {
      image: this.dataset.id,
      separationInstruction: this.#words.value.trim(),
      maxLayers: this.#changed ? Math.max(1, Math.min(this.#limits.layers, placed)) : this.#most(),
      inpaintModel: this.#fillWith.value || this.#models[0],
      ...(this.#fillHint.value.trim() ? { inpaintPrompt: this.#fillHint.value.trim() } : {}),
    };
  }

  async #look() {
    if (!this.#words.value.trim()) {
      this.#words.focus();
      return;
    }
    draft(this.dataset.id, { looked: true });
    this.#looking?.abort();
    this.#looking = new AbortController();
    this.#answer = null;
    this.#rows = [];
    this.#changed = false;
    this.#show();
    try {
      this.#answer = await api.plan(this.#body(), this.#looking.signal);
    } catch (error) {
      if (error.name === "AbortError") return;
      this.#looking = null;
      this.#show();
      fill(this.#plan, h("p", { class: "notice bad", role: "alert" }, capital(error.message)));
      return;
    }
    this.#looking = null;
    this.#asked = this.#words.value;
    this.#rows = rowsOf(this.#answer);
    this.#once = crypto.randomUUID();
    this.#price.textContent = priced(this.#answer.creativeUnitsCost);
    this.#show();
    announce(`${counted(this.#rows.filter(isPlaced).length, "layer")} found`);
  }

  #asked = null;

  #marks() {
    return this.#rows.filter(isPlaced);
  }

  #show() {
    const looking = this.#looking !== null;
    const stale = this.#answer === null || this.#asked !== this.#words.value;
    const placed = this.#marks().length;
    fill(
      this.#find,
      looking
        ? [h("span", { class: "spinner", "aria-hidden": "true" }), "Looking through the picture"]
        : [icon("search"), this.#answer === null ? "Find the layers" : "Look again"],
    );
    this.#find.classList.toggle("primary", stale && !looking && placed === 0);
    // Once there is a plan, the plan is what matters.
    this.#help.hidden = looking || !stale;
    this.#find.hidden = !stale && !looking;
    this.#stage.marks = this.#marks();
    // Those that are nowhere come last, so that the numbers agree with the picture.
    this.#rows = [...this.#marks(), ...this.#rows.filter((row) => !isPlaced(row))];
    this.#showPlan(looking);
    this.#foot.hidden = placed === 0;
    fill(this.#go, icon("layers"), `Split into ${counted(placed, "layer")}`);
    this.#list.rows = this.#rows;
  }

  #showPlan(looking) {
    if (looking || (this.#answer === null && !this.#rows.length)) {
      fill(this.#plan);
      return;
    }
    const title = this.#rows.length ? counted(this.#marks().length, "layer") : "Nothing found";
    const { note: read = "", ignored = [] } = this.#answer?.plan ?? {};
    const note = [read, ignored.length ? `Ignored: ${ignored.join(", ")}.` : ""].filter(Boolean).join(" ");
    const head = h(
      "div",
      { class: "plan-head" },
      h("h2", { id: "plan-title" }, title),
      h("p", { class: "hint" }, this.#rows.length > 1 ? "Front first. Rename, reorder or remove what you like." : ""),
    );
    const nothing = this.#rows.length
      ? null
      : h("p", { class: "notice warn" }, "Say it in other words, or draw a box around what you want.");
    const hint = this.#answer?.hint && this.#models.length > 1 ? h("p", { class: "notice" }, this.#answer.hint) : null;
    if (this.#plan.contains(this.#list)) {
      this.#plan.firstElementChild.replaceWith(head);
      return;
    }
    fill(this.#plan, head, note ? h("p", { class: "notice" }, note) : null, hint, nothing, this.#list);
  }

  async #showPrice() {
    const body = { ...this.#body(), plan: planOf(this.#rows) };
    if (!this.#marks().length) return;
    const units = await api.price(body).catch(() => null);
    if (units !== null) this.#price.textContent = priced(units);
  }

  async #run() {
    this.#go.disabled = true;
    const plan = this.#changed || !this.#answer ? planOf(this.#rows) : this.#answer.plan;
    try {
      const job = await api.generate({ ...this.#body(), plan }, this.#once);
      location.hash = `#/job/${job.jobId}`;
    } catch (error) {
      tell(this, "say", { bad: true, text: capital(error.message) });
    } finally {
      this.#once = crypto.randomUUID();
      this.#go.disabled = false;
    }
  }
}

function capital(text) {
  return text.replace(/^Input \w+: /, "").replace(/^./, (letter) => letter.toUpperCase());
}
