// The repairs of layers: what each is called, what it asks for, and the edits it makes of the answers.

import { Brush } from "../brush/brush.js";
import { BrushControls } from "../brush/controls.js";
import { h } from "../dom.js";
import { button } from "../icons.js";

const field = (label, input, hint) =>
  h(
    "label",
    { class: "ask" },
    h("span", { class: "label" }, label),
    input,
    hint ? h("span", { class: "hint" }, hint) : null,
  );

const text = (placeholder, maxlength, changed) =>
  h("input", { class: "field", type: "text", placeholder, maxlength, oninput: changed });

const number = (value, min, max, changed) =>
  h("input", { class: "field", type: "number", value, min, max, step: 1, inputmode: "numeric", oninput: changed });

const said = (name, value) => (value.trim() ? { [name]: value.trim() } : {});

const whole = (input) => (input.value !== "" && input.validity.valid ? input.valueAsNumber : null);

/** Mark the thing on the picture, or say what it is. */
function redo(scene, [id], changed) {
  const phrase = text("the apple with its leaf", scene.stack.limits.words, changed);
  const tool = (marking, word) => {
    const one = button(marking, word, () => scene.mark({ marking: scene.marking === marking ? null : marking }), {
      class: "button",
    });
    one.dataset.marking = marking;
    return one;
  };
  const tools = [tool("box", "Draw a box"), tool("points", "Click points")];
  const marks = h("ul", { class: "marks" });
  const update = () => {
    for (const one of tools) one.setAttribute("aria-pressed", String(scene.marking === one.dataset.marking));
    const { box, points } = scene;
    const row = (words, part) =>
      h(
        "li",
        {},
        h("span", {}, words),
        button("close", `Discard: ${words}`, () => scene.mark(part), { bare: true }),
      );
    marks.replaceChildren(
      ...(box ? [row(`Box ${box[0]}, ${box[1]} to ${box[2]}, ${box[3]}`, { box: null })] : []),
      ...points.map((at, i) =>
        row(`Point ${i + 1} at ${at.join(", ")}`, { points: points.filter((one) => one !== at) }),
      ),
    );
    changed();
  };
  return {
    parts: [
      h("div", { class: "pair", role: "group", "aria-label": "Mark it on the picture" }, ...tools),
      marks,
      field("Or say what it is", phrase),
    ],
    starts: () => scene.mark({ marking: "box" }),
    marks: update,
    edits() {
      const { box, points } = scene;
      if (!box && !points.length && !phrase.value.trim()) return null;
      const marked = { ...(box ? { box } : {}), ...(points.length ? { points } : {}) };
      return [{ kind: "redo", layer: id, ...said("phrase", phrase.value), ...marked }];
    },
  };
}

// What is painted and not yet cut outlives a reload: strokes are small, and there is one place for each layer of a job.
const strokesOf = (id) => `strokes ${location.hash} ${id}`;

const keep = (brush, id) => {
  if (brush?.layer === id) sessionStorage.setItem(strokesOf(id), JSON.stringify(brush.brush.strokes));
};

/** Paint the mask: what is added comes off with the layer, what is taken away goes back to what is behind it. */
function painted(scene, [id], changed, pictures) {
  const { width, height } = scene.stack;
  const controls = new BrushControls(Math.max(width, height));
  const begin = () => {
    const base = ({ bitmap, x, y, frameWidth }) => ({
      image: bitmap,
      box: [x, y, x + bitmap.width, y + bitmap.height].map((side) => (side * width) / frameWidth),
    });
    const piece = pictures.layers.get(id);
    const comes = () => pictures.piece(scene.layer(id)).then((come) => come && base(come));
    const seen = pictures.original?.bitmap ?? null;
    const brush = new Brush({ width, height }, piece ? base(piece) : comes(), seen);
    scene.paint({ layer: id, brush, controls });
    brush.ready.then(() => scene.brush?.brush === brush && scene.paint(scene.brush));
    changed();
  };
  const again = button("undo", "Start over", begin);
  return {
    parts: [controls.element, again],
    starts() {
      const kept = JSON.parse(sessionStorage.getItem(strokesOf(id)) ?? "[]");
      begin();
      scene.brush.brush.repeat(kept);
      scene.paint(scene.brush);
    },
    marks() {
      keep(scene.brush, id);
      changed();
    },
    edits: () => (scene.brush?.brush.touched ? [{ kind: "mask", layer: id, mask: scene.brush.brush }] : null),
  };
}

function merge(scene, ids, changed) {
  const others = [...scene.order].reverse().filter((id) => id !== scene.background);
  const boxes = others.map((id) =>
    h("input", { type: "checkbox", value: id, checked: ids.includes(id), onchange: changed }),
  );
  const name = text(ids.map((id) => scene.name(id)).join(" and "), scene.stack.limits.name, changed);
  return {
    parts: [
      h(
        "fieldset",
        { class: "choices" },
        h("legend", { class: "label" }, "Layers to merge"),
        ...boxes.map((box, i) => h("label", {}, box, h("span", {}, scene.name(others[i])))),
      ),
      field("Name (optional)", name),
    ],
    edits() {
      const layers = scene.order.filter((id) => boxes.some((box) => box.checked && box.value === id));
      return layers.length < 2 ? null : [{ kind: "merge", layers, ...said("name", name.value) }];
    },
  };
}

function split(scene, [id], changed) {
  const { parts, words } = scene.stack.limits;
  const instruction = text("the handle", words, changed);
  const most = number(Math.min(4, parts), 1, parts, changed);
  return {
    parts: [field("What to take out of it", instruction), field("At most this many layers", most)],
    edits() {
      const maxLayers = whole(most);
      if (!instruction.value.trim() || maxLayers === null) return null;
      return [{ kind: "split", layer: id, instruction: instruction.value.trim(), maxLayers }];
    },
  };
}

function refill(scene, [id], changed) {
  const models = scene.stack.inpaintModels ?? [];
  const first = models.find((model) => model.ready);
  const choices = models.map((model) => ({
    model,
    input: h("input", {
      type: "radio",
      name: "inpaint-model",
      value: model.id,
      checked: model === first,
      disabled: !model.ready,
      onchange: changed,
    }),
  }));
  const prompt = text("plain sky, no clouds", scene.stack.limits.words, changed);
  const seed = number(1, 0, scene.stack.limits.seed, changed);
  const cost = ({ price, ready }) =>
    ready ? (price && !scene.stack.free ? `${price} ${price === 1 ? "unit" : "units"}` : "") : "not set up";
  return {
    parts: [
      h(
        "fieldset",
        { class: "choices" },
        h("legend", { class: "label" }, "Fill it with"),
        ...choices.map(({ model, input }) =>
          h("label", {}, input, h("span", {}, model.name), h("span", { class: "hint" }, cost(model))),
        ),
      ),
      field("What should be there (optional)", prompt),
      field("Seed", seed, "Another number fills it another way."),
    ],
    edits() {
      const model = choices.find(({ input }) => input.checked)?.model.id;
      if (whole(seed) === null) return null;
      const chosen = model ? { inpaintModel: model } : {};
      return [{ kind: "refill", layer: id, ...chosen, ...said("inpaintPrompt", prompt.value), seed: whole(seed) }];
    },
  };
}

function remove(_, [id]) {
  return { parts: [], edits: () => [{ kind: "remove", layer: id }] };
}

/** In the order they are offered. `form(scene, ids, changed, pictures)` gives `parts` and `edits()`, null while incomplete. */
export const REPAIRS = [
  { kind: "redo", word: "Redo", does: "Redo the layer", form: redo, says: "Cut it out again, from a better mark." },
  {
    kind: "mask",
    word: "Brush",
    does: "Cut along it",
    form: painted,
    says: "Paint over what belongs to it, erase what does not.",
  },
  {
    kind: "split",
    word: "Split",
    does: "Split the layer",
    form: split,
    says: "Take a part of it into a layer of its own.",
  },
  {
    kind: "merge",
    word: "Merge",
    does: "Merge the layers",
    form: merge,
    says: "Make one layer of several.",
    many: true,
  },
  { kind: "refill", word: "Refill", does: "Refill the hole", form: refill, says: "Make up again what is behind it." },
  {
    kind: "remove",
    word: "Remove",
    does: "Remove the layer",
    form: remove,
    says: "Put it back into what is behind it. The picture stays whole.",
  },
];
