// <picture-screen>: a picture, what to separate from it, and the plan, to be looked at and changed before it runs.

import * as api from "../api.js";
import { atOnce, lookClear, mostOf } from "../at-once.js";
import { BrushControls } from "../brush/controls.js";
import { announce, counted, fill, h, tell } from "../dom.js";
import { draft } from "../draft.js";
import { priced, shown, sizeOf } from "../drawing.js";
import { isByKey, openMenu } from "../elements/context-menu.js";
import { Hint } from "../hints.js";
import { icon, button as iconButton } from "../icons.js";
import { askedOf, isPlaced, markedRow, moved, rowsOf } from "../plan.js";

const SUGGESTIONS = ["Every object", "Every object and text line"];
const SETTLED_MS = 500;
const HINTS = {
  embedded:
    "This engine reads text and finds shapes and things that stand out. It knows colours, places, sizes and counts, " +
    "and what many drawn things are called: “the red apple on the left”, “the two largest cards”, “the title”. " +
    "It knows few things in photographs; when it takes the wrong thing, draw a box around the right one.",
};
const ANY_HINT = "Name things as you would to a person: “the woman in the red coat”, “her bag”, “the title”.";

export class PictureScreen extends HTMLElement {
  #gone = new AbortController();
  #looking = null;
  #asset = null;
  #answer = null;
  #rows = [];
  #changed = false;
  #marking = null;
  #once = crypto.randomUUID();
  /** Rows as they were before each step, and after those that were undone. */
  #past = [];
  #future = [];
  #said = "";
  #timer = 0;
  #models = ["content-aware"];
  #free = false;
  #limits = { layers: Infinity };
  #hints = {
    point: new Hint("point", "Click a thing in the picture, or say in words what shall come off."),
    mend: new Hint(
      "mend",
      matchMedia("(hover: none)").matches
        ? "What is tinted comes off. Tap another thing to add it; the brush mends what was found."
        : "What is tinted comes off. Shift+click adds to the chosen thing, Alt+click takes away, the brush paints.",
    ),
  };
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
  #atOnce = atOnce((wish) => this.#runAtOnce(wish));
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
      h(
        "section",
        { class: "desk-view", "aria-label": "Picture" },
        this.#stage,
        this.#toolbar(),
        this.#hints.point.element,
        this.#hints.mend.element,
      ),
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
    const { width, height } = sizeOf(this.#asset);
    this.#controls = new BrushControls(Math.max(width, height));
    this.#controls.element.hidden = true;
    this.#stage.after(this.#controls.element);
    this.#stage.how = () => this.#controls.how;
    // Who was quicker than the picture has a tool already.
    this.#use(this.#stage.dataset.tool ?? "select");
    this.#show();
    const back = this.#restore(kept.plan);
    await this.#offer();
    if (!back && kept.instruction && kept.looked) this.#look();
    else if (!back) this.#warm();
  }

  /** Let the service look at the picture before anybody points at it. */
  #warm() {
    const { width, height } = sizeOf(this.#asset);
    const point = [Math.floor(width / 2), Math.floor(height / 2)];
    api.propose({ image: this.dataset.id, point }, this.#gone.signal).catch(() => {});
  }

  /** The plan as it was left, if it was. */
  #restore(plan) {
    // Who was quicker than the picture has asked anew already.
    if (this.#answer !== null || this.#looking !== null) return true;
    if (!plan) return false;
    this.#answer = plan.answer;
    this.#rows = plan.rows;
    this.#changed = plan.changed;
    this.#asked = plan.asked;
    // What was waited for when the page was left is asked for again; what was painted then is not known any more.
    for (const row of this.#rows.filter((one) => one.waits)) {
      if (row.at) this.#propose(row.key, row.at);
      else this.#rows = this.#with(row.key, { waits: false });
    }
    if (plan.answer) this.#tellPrice(plan.answer.creativeUnitsCost);
    this.#show();
    return true;
  }

  #keep() {
    // Until the picture is there, what was kept is still to be restored.
    if (this.#asset === null) return;
    const nothing = this.#answer === null && !this.#rows.length;
    const plan = { answer: this.#answer, rows: this.#rows, changed: this.#changed, asked: this.#asked };
    draft(this.dataset.id, { plan: nothing ? null : plan });
  }

  disconnectedCallback() {
    this.#gone.abort();
    this.#looking?.abort();
    clearTimeout(this.#timer);
  }

  // -------------------------------------------------------------------------------------------------------- building

  #toolbar() {
    const tool = (name, sign, label) => {
      const use = (event) => {
        this.#use(name);
        // Pressed by a key: there is no pointer to draw with.
        if (event.detail === 0 && ["box", "point"].includes(name)) this.#stage.markMiddle(name);
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
      tool("brush", "brush", "Brush"),
      h("span", { class: "tools-zoom" }, [
        iconButton("minus", "Zoom out (−)", () => this.#stage.zoom(0.8), { bare: true }),
        iconButton("plus", "Zoom in (+)", () => this.#stage.zoom(1.25), { bare: true }),
        iconButton("fit", "Fit (0)", () => this.#stage.zoom(null), { bare: true }),
      ]),
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
      this.#atOnce,
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
    const { signal } = this.#gone;
    const rows = (change) => (event) => this.#change(change(event.detail));
    addEventListener("keydown", (event) => this.#key(event), { signal });
    for (const part of [this.#stage, this.#list]) part.addEventListener("contextmenu", (event) => this.#menu(event));
    this.#stage.addEventListener("brush-new", () => this.#paintNew());
    this.#stage.addEventListener("brushed", ({ detail }) => this.#painted(detail));
    this.#stage.addEventListener("mask-lost", ({ detail }) => this.#lost(detail.url));
    this.#stage.addEventListener("mark-made", ({ detail }) => this.#made(detail));
    this.#stage.addEventListener("mark-moved", ({ detail: { key, ...place } }) => {
      this.#turn(key);
      this.#change(this.#with(key, { ...place, edited: true, mask: null }), "moved");
      const ask = () => {
        clearTimeout(this.#timer);
        // Who still drags it will move it again.
        this.#timer = setTimeout(() => (this.#stage.dragging ? ask() : this.#propose(key, place)), SETTLED_MS);
      };
      ask();
    });
    this.#stage.addEventListener("mark-chosen", ({ detail }) => this.#choose(detail.key));
    this.#stage.addEventListener("mark-removed", ({ detail }) => this.#remove(detail.key));
    this.#list.addEventListener("row-chosen", ({ detail }) => {
      // Who paints goes over rows on the way to the picture and means none of them.
      if (!detail.hovered || this.#stage.dataset.tool !== "brush") this.#choose(detail.key);
    });
    this.#list.addEventListener("row-removed", ({ detail }) => this.#remove(detail.key));
    this.#list.addEventListener(
      "row-moved",
      rows(({ key, places }) => moved(this.#rows, key, places)),
    );
    this.#list.addEventListener("row-renamed", ({ detail }) => {
      this.#step(`named ${detail.key}`);
      this.#rows = this.#with(detail.key, { name: detail.name, renamed: true });
      this.#changed = true;
      this.#stage.marks = this.#marks();
      this.#keep();
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
    this.#free = Boolean(parameters.free);
    if (this.#free) this.#tellPrice(0);
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

  /** Note the rows before a step; steps of one kind in a row (`kind`) are one. */
  #step(kind = "") {
    if (kind && kind === this.#lastKind) return;
    this.#lastKind = kind;
    this.#past.push({ rows: this.#rows, changed: this.#changed });
    this.#future = [];
  }

  #lastKind = "";

  #change(rows, kind = "") {
    this.#step(kind);
    this.#said = "";
    this.#rows = rows;
    this.#changed = true;
    this.#show();
    this.#showPrice();
  }

  #undo(back = true) {
    const [from, to] = back ? [this.#past, this.#future] : [this.#future, this.#past];
    const state = from.pop();
    if (!state) return;
    to.push({ rows: this.#rows, changed: this.#changed });
    this.#lastKind = "";
    this.#said = "";
    for (const row of this.#rows) this.#stage.painted(row.key);
    // What was waited for then may be known by now.
    this.#rows = state.rows.map((row) => (this.#pending.has(row.key) ? row : { ...row, waits: false }));
    this.#changed = state.changed;
    this.#show();
    this.#showPrice();
    announce(back ? "Undone" : "Done again");
  }

  #key(event) {
    const key = event.key.toLowerCase();
    const writes = event.target.closest?.("input, textarea, select");
    if (writes || !(event.ctrlKey || event.metaKey) || !["z", "y"].includes(key)) return;
    event.preventDefault();
    this.#undo(!(key === "y" || event.shiftKey));
  }

  /** On a row or a mark: what can be done to that thing; elsewhere in the picture: what can be done there. */
  #menu(event) {
    const byKey = isByKey(event);
    const held = event.target.closest("[data-key]")?.dataset.key;
    if (event.target.closest("input") && !byKey) return;
    const key = byKey || this.#list.contains(event.target) ? held : this.#stage.keyAt(event);
    const place = key || byKey ? null : this.#stage.placeOf(event);
    if (!key && !place) return;
    event.preventDefault();
    const box = event.target.getBoundingClientRect();
    const at = byKey
      ? { x: box.left + Math.min(80, box.width / 2), y: box.top + Math.min(40, box.height / 2) }
      : { x: event.clientX, y: event.clientY };
    if (key) this.#rowMenu(key, at);
    else
      openMenu(at, "This place", [
        { word: "Mark the thing here", sign: "points", does: () => this.#made({ point: place }) },
        { word: "Draw a box", sign: "box", does: () => this.#use("box") },
        { word: "Paint something new", sign: "brush", does: () => this.#paintWith(null, "add") },
        null,
        { word: "Show all of the picture", sign: "fit", keys: "0", does: () => this.#stage.zoom(null) },
      ]);
  }

  #rowMenu(key, at) {
    const from = this.#rows.findIndex((row) => row.key === key);
    const move = (places) => () => this.#change(moved(this.#rows, key, places));
    this.#choose(key);
    openMenu(at, this.#rows[from].name || "unnamed layer", [
      { word: "Rename", sign: "rename", does: () => this.#list.focusName(key) },
      { word: "Paint more of it", sign: "brush", does: () => this.#paintWith(key, "add") },
      { word: "Erase some of it", sign: "eraser", does: () => this.#paintWith(key, "take") },
      null,
      { word: "Move up", sign: "up", off: from === 0, does: move(-1) },
      { word: "Move down", sign: "down", off: from === this.#rows.length - 1, does: move(1) },
      null,
      { word: "Remove", sign: "remove", keys: "Delete", does: () => this.#remove(key) },
    ]);
  }

  #paintWith(key, mode) {
    this.#choose(key);
    this.#use("brush");
    this.#controls.set(mode);
  }

  #made({ byKey = false, how = "new", ...mark }) {
    const chosen = this.#rows.find((row) => row.key === this.#chosenKey);
    if (how !== "new" && chosen && (chosen.mask || this.#pending.has(chosen.key))) {
      this.#hints.mend.learnt();
      this.#merge(chosen.key, mark, how === "take");
      return;
    }
    if (how === "take") return;
    if (this.#marking === null && this.#rows.filter(isPlaced).length >= this.#limits.layers) {
      tell(this, "say", {
        bad: true,
        text: `A picture can be split into ${this.#limits.layers} layers at once; remove one first.`,
      });
      return;
    }
    this.#hints.point.learnt();
    const key = this.#marking;
    this.#marking = null;
    const wait = { waits: true, edited: true, confidence: null, at: mark };
    if (key !== null) this.#change(this.#with(key, { ...mark, ...wait }));
    else this.#change([{ ...markedRow(mark), ...wait }, ...this.#rows]);
    this.#use("select");
    const made = key ?? this.#rows[0].key;
    this.#choose(made);
    // What was drawn wants a name; what a key put into the middle wants to be moved first.
    if (byKey || key !== null) this.#stage.focusMark(made);
    else this.#list.focusName(made);
    this.#propose(made, mark);
  }

  /** Which question about a row stands; answers to earlier ones are dropped. */
  #turns = new Map();
  /** What is asked about a row just now: whoever builds on the answer waits for it. */
  #pending = new Map();

  /** Another question about a row stands from now on; gives `#standing` of it. */
  #turn(key) {
    this.#turns.set(key, Symbol(key));
    return this.#standing(key);
  }

  /** Whether the question that stands still stands later: called then, gives the row, or nothing. */
  #standing(key) {
    const turn = this.#turns.get(key);
    return () => (this.#turns.get(key) === turn ? this.#rows.find((row) => row.key === key) : undefined);
  }

  async #asks(key, question) {
    const asked = question();
    this.#pending.set(key, asked);
    try {
      await asked;
    } catch (error) {
      if (error.name === "AbortError") return;
      this.#rows = this.#with(key, { waits: false });
      tell(this, "say", { bad: true, text: capital(error.message) });
    }
    if (this.#pending.get(key) === asked) this.#pending.delete(key);
    this.#show();
    this.#showPrice();
  }

  /** Ask the service what is at a place, for a row. */
  #propose(key, place) {
    const standing = this.#turn(key);
    return this.#asks(key, async () => {
      if (place.point) await this.#glance(key, place, standing);
      const found = await api.propose({ image: this.dataset.id, ...place }, this.#gone.signal);
      const row = standing();
      if (!row) return;
      if (found !== null) this.#take(row, found);
      else if (place.point) {
        this.#rows = this.#rows.filter((one) => one !== row);
        tell(this, "say", { text: "Nothing stands out there. Draw a box around what you mean." });
      } else this.#rows = this.#with(key, { waits: false });
    });
  }

  /** Add what is at a place to a row's mask or take it away, from what came of all that was asked of it before. */
  #merge(key, place, take) {
    const before = this.#pending.get(key);
    const waits = () => {
      this.#rows = this.#with(key, { waits: true });
      this.#show();
    };
    waits();
    return this.#asks(key, async () => {
      await before?.catch(() => {});
      const mask = this.#rows.find((row) => row.key === key)?.mask?.id;
      if (!mask) return;
      waits();
      const standing = this.#standing(key);
      const found = await api.propose({ image: this.dataset.id, ...place, mask, take }, this.#gone.signal);
      if (!standing()) return;
      this.#rows = this.#with(key, { waits: false });
      if (found === null) {
        tell(this, "say", { text: "Nothing would be left of it; remove the row instead." });
        return;
      }
      this.#step();
      // What was painted on it is in the mask that came back.
      this.#stage.painted(key);
      this.#take(standing(), found);
    });
  }

  /** A row is what the service found. */
  #take(row, found) {
    const name = row.name || row.renamed ? row.name : nameOf(found);
    const known = { mask: found.mask, box: found.bbox, point: null, role: found.role, text: found.text };
    this.#rows = this.#with(row.key, { ...known, name, edited: true, waits: false, at: null });
    this.#changed = true;
    announce(`${name || "It"} is marked`);
  }

  /** Show at once what the service knows of a place already; the thorough answer takes its place. */
  async #glance(key, place, standing) {
    const body = { image: this.dataset.id, ...place, glance: true };
    const found = await api.propose(body, this.#gone.signal).catch(() => null);
    if (found === null || !standing()?.waits) return;
    this.#rows = this.#with(key, { mask: found.mask, box: found.bbox, point: null });
    this.#show();
  }

  /** A mask that the service no longer keeps: what it showed is a box again. */
  #lost(url) {
    this.#rows = this.#rows.map((row) => (row.mask?.url === url ? { ...row, mask: null } : row));
    this.#show();
  }

  #remove(key) {
    const row = this.#rows.find((one) => one.key === key);
    this.#change(this.#rows.filter((one) => one.key !== key));
    this.#said = `${row?.name || "The layer"} was removed.`;
    this.#show();
  }

  #chosenKey = null;
  #controls = null;

  /** A row that is only painted: it has the whole picture's box until its mask has come. */
  #paintNew() {
    if (this.#rows.filter(isPlaced).length >= this.#limits.layers) return;
    const { width, height } = sizeOf(this.#asset);
    this.#change([{ ...markedRow({ box: [0, 0, width, height] }), waits: true }, ...this.#rows]);
    this.#choose(this.#rows[0].key);
  }

  /** Keep what was painted: the mask goes to the service, and the row names it. */
  async #painted({ key, brush }) {
    const standing = this.#turn(key);
    await brush.ready;
    // Another stroke may have come meanwhile, whose mask has this one in it.
    if (!standing()) return;
    const box = brush.box();
    if (box === null) {
      this.#stage.painted(key);
      this.#remove(key);
      return;
    }
    this.#step();
    this.#rows = this.#with(key, { waits: true });
    this.#show();
    this.#asks(key, async () => {
      const asset = await api.upload(await brush.png(), () => {}, this.#gone.signal, true);
      if (!standing()) return;
      const { width, height } = sizeOf(this.#asset);
      const mask = { id: asset.id, url: asset.url, box: [0, 0, width, height] };
      this.#rows = this.#with(key, { mask, box, point: null, edited: true, waits: false, at: null });
      this.#changed = true;
    });
  }

  #choose(key) {
    this.#chosenKey = key;
    this.#stage.chosen = key;
    this.#list.chosen = key;
  }

  #use(tool) {
    this.#stage.tool = tool;
    if (this.#controls) this.#controls.element.hidden = tool !== "brush";
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
    this.#hints.point.learnt();
    if (!this.#words.value.trim()) {
      this.#words.focus();
      return;
    }
    draft(this.dataset.id, { looked: true });
    this.#looking?.abort();
    this.#looking = new AbortController();
    if (this.#rows.length) this.#step();
    this.#answer = null;
    this.#rows = [];
    this.#changed = false;
    this.#said = "";
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
    this.#tellPrice(this.#answer.creativeUnitsCost);
    this.#show();
    announce(`${counted(this.#rows.filter(isPlaced).length, "layer")} found`);
  }

  #asked = null;

  #marks() {
    return this.#rows.filter(isPlaced);
  }

  #show() {
    const looking = this.#looking !== null;
    const old = this.#answer !== null && this.#asked !== this.#words.value;
    const stale = this.#answer === null || old;
    const placed = this.#marks().length;
    const waits = this.#rows.some((row) => row.waits);
    fill(
      this.#find,
      looking
        ? [h("span", { class: "spinner", "aria-hidden": "true" }), "Looking through the picture"]
        : [icon("search"), this.#answer === null ? "Find the layers" : "Look again"],
    );
    // The sentence's button is the one that counts as soon as the sentence is another one.
    this.#find.classList.toggle("primary", old || (stale && !looking && placed === 0));
    this.#go.classList.toggle("primary", !old);
    this.#go.disabled = old || waits;
    this.#go.title = old ? "The sentence is another one now: look again, or take your words back." : "";
    this.toggleAttribute("data-stale", old);
    // Once there is a plan, the plan is what matters.
    this.#help.hidden = looking || !stale || old;
    this.#atOnce.hidden = looking || placed > 0 || !stale;
    this.#find.hidden = !stale && !looking;
    this.#stage.marks = this.#marks();
    // Those that are nowhere come last, so that the numbers agree with the picture.
    this.#rows = [...this.#marks(), ...this.#rows.filter((row) => !isPlaced(row))];
    this.#showPlan(looking);
    this.#hints.point.show(!looking && placed === 0 && this.#asset !== null);
    this.#hints.mend.show(!looking && placed > 0 && !old);
    this.#foot.hidden = placed === 0;
    fill(this.#go, icon("layers"), `Split into ${counted(placed, "layer")}`);
    this.#list.rows = this.#rows;
    this.#keep();
  }

  #showPlan(looking) {
    if (looking || (this.#answer === null && !this.#rows.length && !this.#said)) {
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
    const undone = this.#said
      ? h(
          "p",
          { class: "notice line", role: "status" },
          this.#said,
          " ",
          h("button", { class: "link", type: "button", onclick: () => this.#undo() }, "Undo"),
        )
      : null;
    const nothing = this.#rows.length
      ? null
      : h(
          "p",
          { class: "notice warn" },
          "Say it in other words, click a thing in the picture or draw a box around it",
          this.#words.value.trim()
            ? [", or ", h("button", { class: "link", type: "button", onclick: () => this.#look() }, "look again")]
            : "",
          ".",
        );
    const hint = this.#answer?.hint && this.#models.length > 1 ? h("p", { class: "notice" }, this.#answer.hint) : null;
    const parts = [head, undone, note ? h("p", { class: "notice" }, note) : null, hint, nothing].filter(Boolean);
    if (this.#plan.contains(this.#list)) {
      // Moving the list would lose its focus.
      while (this.#plan.firstElementChild !== this.#list) this.#plan.firstElementChild.remove();
      this.#list.before(...parts);
      return;
    }
    fill(this.#plan, ...parts, this.#list);
  }

  async #showPrice() {
    if (this.#free || !this.#marks().length) return;
    const body = { ...this.#body(), ...askedOf(this.#rows, this.#answer?.plan) };
    const units = await api.price(body).catch(() => null);
    if (units !== null) this.#tellPrice(units);
  }

  #tellPrice(units) {
    this.#price.textContent = this.#free ? "" : priced(units);
  }

  async #run() {
    this.#hints.mend.learnt();
    const whole = !this.#changed && this.#answer !== null;
    const asked = whole ? { plan: this.#answer.plan } : askedOf(this.#rows.filter(isPlaced), this.#answer?.plan);
    await this.#start({ ...this.#body(), ...asked });
  }

  async #runAtOnce(wish) {
    const { words, clear = false } = wish;
    this.#words.value = words;
    draft(this.dataset.id, { instruction: words });
    const maxLayers = mostOf(wish, this.#limits);
    await this.#start({ ...this.#body(), separationInstruction: words, maxLayers }, clear);
  }

  /** Ask for the job and show it; `clear`: with nothing behind its layers, to begin with. */
  async #start(body, clear = false) {
    this.#go.disabled = true;
    try {
      const job = await api.generate(body, this.#once);
      if (clear) lookClear(job);
      location.hash = `#/job/${job.jobId}`;
    } catch (error) {
      tell(this, "say", { bad: true, text: capital(error.message) });
    } finally {
      this.#once = crypto.randomUUID();
      this.#go.disabled = false;
    }
  }
}

/** "object" says nothing that the eye does not. */
function nameOf({ name }) {
  return name === "marked" ? "" : name;
}

function capital(text) {
  return text.replace(/^Input \w+: /, "").replace(/^./, (letter) => letter.toUpperCase());
}
