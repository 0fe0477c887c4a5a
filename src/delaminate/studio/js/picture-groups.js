// Jobs as people remember them: by picture, and each split with the repairs that followed folded into it. Plain values.

import { ended } from "./watch.js";

const LOST = new Set(["failure", "canceled"]);

/** Two uploads of one file are one picture. */
function pictureKey(image, picture) {
  if (!picture) return image;
  const { name, width, height, size } = picture.metadata;
  return JSON.stringify([name, width, height, size]);
}

/**
 * Jobs, newest first, as pictures, newest first: `{key, picture, splits}` with `splits` `{first, now, steps, jobs}`.
 * `first` is the job that split, `now` what it has become, `steps` all that came of it, oldest first; repairs that failed
 * are in `jobs` only, which are all to be deleted with it. `pictures` are assets by id; those that were deleted are not there.
 */
export function byPicture(jobs, pictures) {
  const known = new Map(jobs.map((job) => [job.jobId, job]));
  const rootOf = (job) => {
    const parent = known.get(job.metadata.revises);
    return parent ? rootOf(parent) : job;
  };
  const chains = new Map();
  for (const job of jobs) {
    const root = rootOf(job);
    chains.set(root, [job, ...(chains.get(root) ?? [])]);
  }
  const groups = new Map();
  for (const [first, all] of chains) {
    const steps = all.filter((job) => job === first || !LOST.has(job.status));
    // A repair that came to nothing, of a split that is not here.
    if (first.metadata.revises && LOST.has(first.status)) continue;
    const { image } = first.metadata.input;
    const picture = pictures.get(image) ?? null;
    const key = pictureKey(image, picture);
    const group = groups.get(key) ?? { key, picture, splits: [] };
    group.splits.push({ first, now: steps.at(-1), steps, jobs: all });
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** What a picture is called. */
export function nameOf(group) {
  return group.picture?.metadata.name ?? "A picture that was deleted";
}

/** Whether all words are in a picture's name, in what was asked for or in the name of a layer. */
export function answers(group, split, asked, words) {
  const layers = split.now.metadata.output?.layers ?? [];
  const told = [nameOf(group), asked, ...layers.map((layer) => layer.name)].join(" ").toLowerCase();
  return words.every((word) => told.includes(word));
}

/** How many layers a job has; null while it has none. */
export function layersOf(job) {
  return ended(job) && job.status === "success" ? Math.max(0, job.metadata.output.layers.length - 1) : null;
}
