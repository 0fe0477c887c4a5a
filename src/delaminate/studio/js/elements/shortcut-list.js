// All keys of the studio, as a dialog that ? opens.

import { h } from "../dom.js";

const PARTS = [
  [
    "Everywhere",
    [
      ["?", "This list"],
      ["Ctrl+Z", "Undo"],
      ["Ctrl+Shift+Z · Ctrl+Y", "Do again"],
      ["+ · − · 0", "Zoom in, out, fit"],
      ["Wheel · pinch", "Zoom where the pointer is"],
      ["Space and drag", "Move the view"],
      ["Right click · Shift+F10", "What can be done here"],
    ],
  ],
  [
    "Marking things",
    [
      ["Click", "Mark the thing there"],
      ["Drag", "Mark what is in a box"],
      ["Shift+click", "Add to the chosen thing"],
      ["Alt+click", "Take away from it"],
      ["Arrows", "Move a mark, with Shift change its size"],
      ["Delete", "Remove it"],
      ["Enter", "Look for what the words say"],
    ],
  ],
  [
    "Arranging layers",
    [
      ["Drag", "Move a layer"],
      ["Arrows", "Move it by a pixel, with Shift by ten"],
      ["[ · ]", "Choose the layer below or above"],
      ["Shift+click", "Choose several"],
      ["Escape", "Choose none"],
      ["1", "Show at 100 %"],
      ["Ctrl+C", "Copy as a picture"],
      ["F2 · double click", "Another name"],
    ],
  ],
  [
    "In the list of layers",
    [
      ["H", "Hide or show"],
      ["S", "Show only this one"],
      ["Alt+↑ · Alt+↓", "Move it up or down"],
      ["Space", "Choose it as well"],
      ["↑ · ↓ · Home · End", "Go through the list"],
    ],
  ],
];

const dialog = h(
  "dialog",
  { class: "shortcuts", "aria-labelledby": "shortcuts-title" },
  h(
    "form",
    { method: "dialog" },
    h(
      "div",
      { class: "shortcuts-head" },
      h("h2", { id: "shortcuts-title" }, "Keys and gestures"),
      h("button", { class: "button" }, "Close"),
    ),
    h(
      "div",
      { class: "shortcuts-parts", tabindex: 0, role: "group", "aria-labelledby": "shortcuts-title" },
      PARTS.map(([title, rows]) =>
        h(
          "section",
          {},
          h("h3", {}, title),
          h(
            "dl",
            {},
            rows.map(([keys, does]) => h("div", {}, h("dt", {}, h("kbd", {}, keys)), h("dd", {}, does))),
          ),
        ),
      ),
    ),
  ),
);

export function showShortcuts() {
  if (dialog.open) return;
  document.body.append(dialog);
  dialog.showModal();
}
