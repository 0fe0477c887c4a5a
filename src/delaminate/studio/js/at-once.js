// What is wanted most often, asked for with one click: words, most layers (none: all there may be), and what is seen behind.

import { h } from "./dom.js";
import { icon } from "./icons.js";

const AT_ONCE = [
  {
    word: "Remove background",
    sign: "cutout",
    says: "The main thing on transparency",
    words: "the main subject",
    most: 1,
    clear: true,
  },
  {
    word: "Split everything",
    sign: "layers",
    says: "Every thing and every line of text",
    words: "split everything into layers",
  },
  { word: "Text only", sign: "text", says: "Every line of text", words: "every text line" },
  {
    word: "Front, middle, back",
    sign: "depth",
    says: "Three layers by distance",
    words: "foreground, middle ground and background",
    most: 3,
  },
];

/** Their buttons; `run` is called with the wish of the one that was pressed. */
export function atOnce(run) {
  return h(
    "div",
    { class: "at-once", role: "group", "aria-label": "At once" },
    AT_ONCE.map((one) =>
      h(
        "button",
        { class: "at-once-button", type: "button", title: one.says, onclick: () => run(one) },
        icon(one.sign),
        h("span", {}, one.word),
      ),
    ),
  );
}

/** The most layers that a wish means, within what the service allows. */
export function mostOf({ most }, limits) {
  const limit = Number.isFinite(limits.layers) ? limits.layers : 10;
  return Math.min(most ?? limit, limit);
}

/** Remember that a job is looked at with nothing behind its layers, to begin with. */
export function lookClear(job) {
  sessionStorage.setItem(`clear ${job.jobId}`, "true");
}
