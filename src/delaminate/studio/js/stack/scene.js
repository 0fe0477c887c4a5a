// What a person sees of a stack and makes of it: its arrangement (place, size, order, opacity, blend mode, name, ground),
// which is kept with the job, and what is only looked at: selection, solo, view. No layer changes.

/** What an address stands for: a signed link is another one every time, its picture is not. */
export function pictureOf(url) {
  const address = new URL(url, location.href);
  for (const part of ["Expires", "Signature"]) address.searchParams.delete(part);
  return address.href;
}

const EXACT = Object.freeze({
  visible: true,
  opacity: 1,
  blend: "normal",
  dx: 0,
  dy: 0,
  scaleX: 1,
  scaleY: 1,
  rotation: 0,
  name: "",
});
const SHAPE = ["scaleX", "scaleY", "rotation"];

/**
 * Events, none with details: "stack" (another stack or its state), "look" (what is drawn), "selection", "hover",
 * "mode" (which view), "marks" (boxes and points drawn for a repair), "settled" (a change of the arrangement is done).
 */
export class Scene extends EventTarget {
  stack = null;
  /** Layer ids from bottom to top, as drawn; the background stays first. */
  order = [];
  /** Selected layer ids; the last one chosen comes last. */
  selection = [];
  /** Ids of the layers that are looked at alone, or null: it is a way to look and changes no arrangement. */
  solo = null;
  hovered = null;
  /** "layers", "compare" or "exploded". */
  mode = "layers";
  /** A mask that is painted for a repair, or null: {layer, brush, how()}. */
  brush = null;
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
  /** What lies under all layers: a colour as #rrggbb, or null for transparency. */
  ground = null;
  /** Whether a slider or a drag goes on: what is drawn may be less careful. */
  live = false;
  #looks = new Map();
  #settled = "";

  show(stack) {
    const first = this.stack === null;
    this.stack = stack;
    const ids = stack.layers.map((layer) => layer.id);
    const same = ids.length === this.order.length && ids.every((id) => this.order.includes(id));
    if (!same) this.order = this.#ordered(ids);
    for (const id of this.#looks.keys()) if (!ids.includes(id)) this.#looks.delete(id);
    this.#alone(this.solo?.filter((id) => ids.includes(id)) ?? []);
    if (!ids.includes(this.hovered)) this.hovered = null;
    const kept = this.selection.filter((id) => ids.includes(id));
    const lost = kept.length !== this.selection.length;
    this.selection = kept;
    if (first && stack.arrangement) this.#take(stack.arrangement);
    if (first || !same) this.#settled = JSON.stringify(this.arrangement);
    this.#say("stack", "look");
    if (lost) this.#say("selection");
  }

  layer(id) {
    return this.stack?.layers.find((layer) => layer.id === id);
  }

  name(id) {
    return this.look(id).name || (this.layer(id)?.name ?? "");
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
    return this.solo === null ? this.look(id).visible : this.solo.includes(id);
  }

  /** Change how a layer looks; `live` while a slider or a drag goes on, which ends with `settle`. */
  change(id, part, live = false) {
    this.#looks.set(id, { ...this.look(id), ...part });
    this.live = live;
    this.#say("look");
    if (!live) this.settle();
  }

  setGround(ground) {
    this.ground = ground;
    this.#say("look");
    this.settle();
  }

  /** What was changed is done: one step to undo. */
  settle() {
    if (this.live) {
      this.live = false;
      this.#say("look");
    }
    const now = JSON.stringify(this.arrangement);
    if (now === this.#settled) return;
    this.#settled = now;
    this.#say("settled");
  }

  /** Look at one layer alone, or at all again. */
  toggleSolo(id) {
    this.#alone(this.isAlone(id) ? [] : [id]);
    this.#say("look");
  }

  isAlone(id) {
    return this.solo?.length === 1 && this.solo[0] === id;
  }

  /**
   * What the eye does: while some are looked at alone it says which, otherwise it hides and shows for good. Several become
   * what the first one will be.
   */
  toggleSeen(...ids) {
    const visible = !this.seen(ids[0]);
    if (this.solo !== null) {
      const others = this.solo.filter((id) => !ids.includes(id));
      this.#alone(visible ? [...others, ...ids] : others);
      this.#say("look");
      return;
    }
    for (const id of ids) this.change(id, { visible }, true);
    this.settle();
  }

  showAll() {
    this.solo = null;
    this.#say("look");
  }

  #alone(ids) {
    this.solo = ids.length ? ids : null;
  }

  /** Move a layer by `steps` towards the top; the background stays where it is. */
  reorder(id, steps) {
    const from = this.order.indexOf(id);
    this.place(id, from + steps);
  }

  place(id, at, live = false) {
    if (id === this.background) return;
    const rest = this.order.filter((one) => one !== id);
    rest.splice(Math.max(1, Math.min(rest.length, at)), 0, id);
    this.order = rest;
    this.#say("look");
    if (!live) this.settle();
  }

  /** The order known before, with what is new in it above what it lies on. */
  #ordered(ids) {
    const order = this.order.filter((id) => ids.includes(id) && id !== ids[0]);
    ids.forEach((id, at) => {
      if (at && !order.includes(id)) order.splice(order.indexOf(ids[at - 1]) + 1, 0, id);
    });
    return [ids[0], ...order];
  }

  // -------------------------------------------------------------------------------------------------- the arrangement

  /** As the service keeps it. */
  get arrangement() {
    const layers = this.order.map((id) => {
      const { dx: x, dy: y, ...rest } = this.look(id);
      return { id, x, y, ...rest };
    });
    return { layers, ground: this.ground };
  }

  /** Take another arrangement, without making a step of it. */
  arrange(arrangement) {
    this.#take(arrangement);
    this.#settled = JSON.stringify(this.arrangement);
    this.#say("look");
  }

  #take(arrangement) {
    const { layers = [], ground = null } = arrangement ?? {};
    const ids = this.stack.layers.map((layer) => layer.id);
    this.#looks.clear();
    this.ground = ground;
    for (const { id, x: dx = 0, y: dy = 0, ...rest } of layers)
      if (ids.includes(id)) this.#looks.set(id, { ...EXACT, ...rest, dx, dy });
    this.order = layers.map(({ id }) => id);
    this.order = this.#ordered(ids);
  }

  /** Whether a layer has another place, size or direction than it was cut with. */
  isMoved(id) {
    const look = this.look(id);
    return Boolean(look.dx || look.dy) || SHAPE.some((part) => look[part] !== EXACT[part]);
  }

  /** How the view departs from the exact stack; all zero when it does not. */
  get departures() {
    const ids = this.stack?.layers.map((layer) => layer.id) ?? [];
    const count = (test) => ids.filter(test).length;
    return {
      hidden: count((id) => !this.look(id).visible),
      faded: count((id) => this.look(id).visible && this.look(id).opacity < 1),
      blended: count((id) => this.look(id).blend !== "normal"),
      moved: count((id) => this.isMoved(id)),
      reordered: Number(ids.some((id, z) => this.order[z] !== id)),
      ground: Number(this.ground !== null),
    };
  }

  /** Whether what is seen is another arrangement than the exact stack. */
  get isArranged() {
    return Object.values(this.departures).some(Boolean);
  }

  /** Back to the exact stack; names stay. */
  reset() {
    for (const [id, { name }] of this.#looks) this.#looks.set(id, { ...EXACT, name });
    this.solo = null;
    this.ground = null;
    this.order = this.stack.layers.map((layer) => layer.id);
    this.#say("look");
    this.settle();
  }

  putBack(ids = this.order) {
    const { dx, dy, scaleX, scaleY, rotation } = EXACT;
    for (const id of ids)
      if (this.#looks.has(id)) this.#looks.set(id, { ...this.look(id), dx, dy, scaleX, scaleY, rotation });
    this.#say("look");
    this.settle();
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

  paint(brush) {
    this.brush = brush;
    this.#say("marks");
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
