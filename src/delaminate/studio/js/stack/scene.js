// What a person sees of a stack: visibility, opacity, place, order, selection. It changes no layer, only the view.

/** What an address stands for: a signed link is another one every time, its picture is not. */
export function pictureOf(url) {
  const address = new URL(url, location.href);
  for (const part of ["Expires", "Signature"]) address.searchParams.delete(part);
  return address.href;
}

const EXACT = Object.freeze({ visible: true, opacity: 1, dx: 0, dy: 0 });

/**
 * Events, none with details: "stack" (another stack or its state), "look" (what is drawn), "selection", "hover",
 * "mode" (which view), "marks" (boxes and points drawn for a repair).
 */
export class Scene extends EventTarget {
  stack = null;
  /** Layer ids from bottom to top, as drawn; the background stays first. */
  order = [];
  /** Selected layer ids; the last one chosen comes last. */
  selection = [];
  solo = null;
  hovered = null;
  /** "layers", "compare" or "exploded". */
  mode = "layers";
  /** Where the picture changes from before to after, 0..1 of its width. */
  divide = 0.5;
  /** What is right of the divide: "layers" or "background". */
  after = "layers";
  invented = false;
  /** What a press on the canvas draws: null, "box" or "points"; in picture pixels. */
  marking = null;
  box = null;
  points = [];
  /** The first corner of a box that is drawn by keyboard, until the second one is set. */
  corner = null;
  /** Names asked for and not yet answered. */
  renamed = new Map();
  #looks = new Map();

  show(stack) {
    const before = new Map((this.stack?.layers ?? []).map((layer) => [layer.id, layer]));
    this.stack = stack;
    const ids = stack.layers.map((layer) => layer.id);
    const same = ids.length === this.order.length && ids.every((id) => this.order.includes(id));
    if (!same) this.order = ids;
    for (const layer of stack.layers) {
      const old = before.get(layer.id);
      if (old && pictureOf(old.url) !== pictureOf(layer.url)) this.#looks.delete(layer.id);
    }
    for (const id of this.#looks.keys()) if (!ids.includes(id)) this.#looks.delete(id);
    if (!ids.includes(this.solo)) this.solo = null;
    if (!ids.includes(this.hovered)) this.hovered = null;
    if (!stack.busy) this.renamed.clear();
    const kept = this.selection.filter((id) => ids.includes(id));
    const lost = kept.length !== this.selection.length;
    this.selection = kept;
    this.#say("stack", "look");
    if (lost) this.#say("selection");
  }

  layer(id) {
    return this.stack?.layers.find((layer) => layer.id === id);
  }

  name(id) {
    return this.renamed.get(id) ?? this.layer(id)?.name ?? "";
  }

  /** The custom property of the colour that stands for a layer, the same in every view; front first, as in the plan. */
  hue(id) {
    const { layers } = this.stack;
    const z = layers.findIndex((layer) => layer.id === id);
    return z < 1 ? "--text-faint" : `--hue-${((layers.length - 1 - z) % 8) + 1}`;
  }

  get background() {
    return this.stack?.layers[0]?.id;
  }

  look(id) {
    return this.#looks.get(id) ?? EXACT;
  }

  seen(id) {
    return this.solo === null ? this.look(id).visible : this.solo === id;
  }

  change(id, part) {
    this.#looks.set(id, { ...this.look(id), ...part });
    this.#say("look");
  }

  toggleSolo(id) {
    this.solo = this.solo === id ? null : id;
    this.#say("look");
  }

  /** Move a layer by `steps` towards the top; the background stays where it is. */
  reorder(id, steps) {
    const from = this.order.indexOf(id);
    this.place(id, from + steps);
  }

  place(id, at) {
    if (id === this.background) return;
    const rest = this.order.filter((one) => one !== id);
    rest.splice(Math.max(1, Math.min(rest.length, at)), 0, id);
    this.order = rest;
    this.#say("look");
  }

  /** How the view departs from the exact stack; all zero when it does not. */
  get departures() {
    const ids = this.stack?.layers.map((layer) => layer.id) ?? [];
    const count = (test) => ids.filter(test).length;
    return {
      hidden: count((id) => !this.seen(id)),
      faded: count((id) => this.seen(id) && this.look(id).opacity < 1),
      moved: count((id) => this.look(id).dx || this.look(id).dy),
      reordered: Number(ids.some((id, z) => this.order[z] !== id)),
    };
  }

  /** Back to the exact stack. */
  reset() {
    this.#looks.clear();
    this.solo = null;
    this.order = this.stack.layers.map((layer) => layer.id);
    this.#say("look");
  }

  putBack(ids = this.order) {
    for (const id of ids) if (this.#looks.has(id)) this.#looks.set(id, { ...this.look(id), dx: 0, dy: 0 });
    this.#say("look");
  }

  /** Select a layer: "only", "toggle", or "range" from the last chosen one; null selects nothing. */
  select(id, how = "only") {
    const last = this.selection.at(-1);
    if (id === null) this.selection = [];
    else if (how === "toggle" && this.selection.includes(id))
      this.selection = this.selection.filter((one) => one !== id);
    else if (how === "toggle") this.selection = [...this.selection, id];
    else if (how === "range" && last !== undefined) {
      const [from, to] = [this.order.indexOf(last), this.order.indexOf(id)];
      const between = this.order.slice(Math.min(from, to), Math.max(from, to) + 1).filter((one) => one !== last);
      this.selection = [...between, last];
    } else this.selection = [id];
    this.#say("selection");
  }

  hover(id) {
    if (this.hovered === id) return;
    this.hovered = id;
    this.#say("hover");
  }

  set(part) {
    Object.assign(this, part);
    this.#say("mode");
    if (!("divide" in part)) this.#say("look");
  }

  mark(part) {
    if ("marking" in part) this.corner = null;
    Object.assign(this, part);
    this.#say("marks");
  }

  #say(...types) {
    for (const type of types) this.dispatchEvent(new Event(type));
  }
}
