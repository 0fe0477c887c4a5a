// The drawings of buttons and badges.

import { h } from "./dom.js";

const SVG = "http://www.w3.org/2000/svg";

const PATHS = {
  eye: "M2 12s3.6-6.5 10-6.5S22 12 22 12s-3.6 6.5-10 6.5S2 12 2 12Zm10-2.8a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6Z",
  hidden:
    "M4 4l16 16M9.9 5.7A9.8 9.8 0 0 1 12 5.5C18.4 5.5 22 12 22 12a17 17 0 0 1-3 3.7" +
    "M6.3 7.7A16.5 16.5 0 0 0 2 12s3.6 6.5 10 6.5a9.6 9.6 0 0 0 4.3-1",
  solo: "M12 4.5v2M12 17.5v2M4.5 12h2M17.5 12h2M12 8.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7Z",
  grip: "M9 6h.01M15 6h.01M9 12h.01M15 12h.01M9 18h.01M15 18h.01",
  layers: "M12 3.5 21 8.5 12 13.5 3 8.5ZM4.5 12.5 12 16.7 19.5 12.5M4.5 16.5 12 20.7 19.5 16.5",
  compare: "M12 3v18M4 6h5v12H4ZM15 6h5v12h-5M15 10l5-4M15 14l5-4M15 18l5-4",
  exploded: "M12 2.5 19 6.5 12 10.5 5 6.5ZM5 12l7 4 7-4M5 17.5l7 4 7-4M12 10.5v1.5",
  invented: "M4 4h16v16H4ZM4 12l8-8M4 20 20 4M12 20l8-8",
  undo: "M8.5 5 4 9.5 8.5 14M4 9.5h10a5.5 5.5 0 0 1 0 11h-3",
  download: "M12 3.5v11.5M7.5 10.5 12 15l4.5-4.5M4 19.5h16",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  fit: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  tick: "M4.5 12.5 9.5 17.5 19.5 6.5",
  warn: "M12 4 2.8 19.5h18.4ZM12 10v4.5M12 17v.01",
  ask: "M9 9.2a3 3 0 1 1 4.6 2.5c-1 .65-1.6 1.2-1.6 2.3M12 17.5v.01",
  box: "M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M11 4h2M11 20h2M4 11v2M20 11v2",
  points: "M12 3v4.5M12 16.5V21M3 12h4.5M16.5 12H21M12 11.9v.2",
  redo: "M19.5 5v5h-5M19 10a7.5 7.5 0 1 0 .5 4",
  merge: "M6 4v4c0 4 6 4 6 8v4M18 4v4c0 4-6 4-6 8M9 17.5l3 3 3-3",
  split: "M12 4v4c0 4-6 4-6 8v3M12 8c0 4 6 4 6 8v3M3.5 17 6 19.5 8.5 17M15.5 17l2.5 2.5 2.5-2.5",
  refill: "M12 3.5s6.5 6.6 6.5 11a6.5 6.5 0 0 1-13 0c0-4.4 6.5-11 6.5-11ZM9 15a3 3 0 0 0 3 3",
  remove: "M4.5 7h15M9.5 7V4.5h5V7M6.5 7l1 13h9l1-13M10.5 11v5M13.5 11v5",
  rename: "M4 20l1-4.5L15.5 5 19 8.5 8.5 19ZM13.5 7l3.5 3.5",
  flip: "M12 3v18M9 7 3 17h6ZM15 7l6 10h-6Z",
  flipv: "M3 12h18M7 9 17 3v6ZM7 15l10 6v-6Z",
  again: "M15.5 5 20 9.5 15.5 14M20 9.5H10a5.5 5.5 0 0 0 0 11h3",
  cutout: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8M5 20c.5-4 3.2-6 7-6s6.500 2 7 6M3 3h.01M21 3h.01M3 9h.01M21 9h.01",
  text: "M5 6V4h14v2M12 4v16M9 20h6",
  depth: "M3 20h18M5 20l5-9 4 6 2-3 4 6M16 7.500a2 2 0 1 0 .01 0",
  brush:
    "M20 4c-5 2-9 6-11 10l2 2c4-2 8-6 9-12ZM8 15c-2 0-3.500 1.500-3.500 3.500 0 1-.5 1.500-1.500 1.500 3 1 6.500 0 7-3Z",
  eraser: "M9 20h11M4.500 15.500 14 6l5 5-8 9H8ZM9 11l5 5",
  mask: "M20 4c-5 2-9 6-11 10l2 2c4-2 8-6 9-12ZM8 15c-2 0-3.500 1.500-3.500 3.500 0 1-.5 1.500-1.500 1.500 3 1 6.500 0 7-3Z",
  copy: "M9 9h11v11H9ZM5 15H4V4h11v1",
  close: "M6 6l12 12M18 6 6 18",
  back: "M15 5l-7 7 7 7",
  clock: "M12 7v5l3 2M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18",
  down: "M6 9l6 6 6-6",
  key: "M14 10a4 4 0 1 0-3.5 4L13 14h2v2h2v2h3v-3l-6.2-6.2",
  pointer: "M6 4l12 8-5.5 1.2L9.5 18z",
  search: "M11 5a6 6 0 1 0 0 12 6 6 0 0 0 0-12M15.5 15.5L20 20",
  up: "M6 15l6-6 6 6",
};

/** A line drawing of 24 units in the colour of the text; hidden from screen readers, the button says it. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("icon");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

/** A button of an icon and a word; with `bare` the word is only spoken and shown as a hint. */
export function button(name, word, onclick, { bare = false, ...rest } = {}) {
  const named = bare ? { title: word, "aria-label": word } : {};
  const look = bare ? "icon-button" : "button quiet";
  return h(
    "button",
    { type: "button", class: look, onclick, ...named, ...rest },
    icon(name),
    bare ? null : h("span", {}, word),
  );
}
