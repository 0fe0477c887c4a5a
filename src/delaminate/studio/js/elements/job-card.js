// A split as a card that leads to what it has become: its picture, what was asked for, when, and how it stands.

import { counted, h } from "../dom.js";
import { ago, shown } from "../drawing.js";
import { layersOf } from "../picture-groups.js";

const STATES = { failure: ["bad", "Failed"], canceled: ["", "Cancelled"] };

/** `group` is the picture that was separated, `split` one of its splits. */
export function jobCard({ picture }, { first, now }) {
  return h(
    "a",
    { class: "card", href: `#/job/${now.jobId}` },
    h(
      "span",
      { class: "card-frame" },
      picture ? h("img", { src: shown(picture), alt: "", loading: "lazy", decoding: "async" }) : null,
    ),
    h("span", { class: "card-title" }, instructionOf(first)),
    h("span", { class: "card-facts hint" }, ago(now.createdAt), " · ", stateOf(now)),
  );
}

/** How a job stands: its layers, how far it is, or a badge. */
export function stateOf(job) {
  const layers = layersOf(job);
  if (layers !== null) return counted(layers, "layer");
  const [kind, state] = STATES[job.status] ?? ["warn", `${Math.round(100 * job.progress)} %`];
  return h("span", { class: `badge ${kind}` }, state);
}

/** What a job was asked for, in words. */
export function instructionOf(job) {
  const { separationInstruction, plan, regions } = job.metadata.input ?? {};
  const names = (plan?.targets ?? regions ?? []).map((one) => one.name || one.phrase).filter(Boolean);
  return separationInstruction || names.join(", ") || "Things marked by hand";
}
