// A job as a card that leads to it: its picture, what was asked for, when, and how it stands.

import { h } from "../dom.js";
import { ago, shown } from "../drawing.js";
import { ended } from "../watch.js";

const STATES = { failure: ["bad", "Failed"], canceled: ["", "Cancelled"] };

/** `picture` is the asset that was separated; nothing where it was deleted. */
export function jobCard(job, picture) {
  const asked = instructionOf(job);
  const [kind, state] = STATES[job.status] ?? ["warn", `${Math.round(100 * job.progress)} %`];
  const layers = Math.max(0, (job.metadata.assetIds?.length ?? 1) - 1);
  return h(
    "a",
    { class: "card", href: `#/job/${job.jobId}` },
    h(
      "span",
      { class: "card-frame" },
      picture ? h("img", { src: shown(picture), alt: "", loading: "lazy", decoding: "async" }) : null,
    ),
    h("span", { class: "card-title" }, asked),
    h(
      "span",
      { class: "card-facts hint" },
      ago(job.createdAt),
      ended(job) && job.status === "success"
        ? ` · ${layers} ${layers === 1 ? "layer" : "layers"}`
        : h("span", { class: `badge ${kind}` }, state),
    ),
  );
}

/** What a job was asked for, in words. */
export function instructionOf(job) {
  const { separationInstruction, plan, regions } = job.metadata.input ?? {};
  const names = (plan?.targets ?? regions ?? []).map((one) => one.name || one.phrase).filter(Boolean);
  return separationInstruction || names.join(", ") || "Things marked by hand";
}
