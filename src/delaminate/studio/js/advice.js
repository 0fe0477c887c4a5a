// What can be done about a thing that was asked for, in the words of this page: things are marked by pointer.

const ADVICE = {
  uncertain: "A guess: nothing clearly answers the words. Draw a box around the right thing to be sure.",
  "not found": "Nothing in the picture answers this. Say it in other words, or draw a box around it.",
  "cap reached": "There is more of it: allow more layers to get the rest.",
  "too small": "Only a few pixels answer this. Draw a box around the whole thing.",
};

/** The service's target with this page's advice in place of the service's, which names fields of requests. */
export function advised(target) {
  return { ...target, advice: ADVICE[target.outcome] ?? "" };
}
