// What was typed for a picture, kept in the tab so that a reload loses nothing.

/** The draft of a picture; with `changes` they are kept first. */
export function draft(picture, changes = undefined) {
  const place = `draft ${picture}`;
  const kept = { instruction: "", layers: 6, ...JSON.parse(sessionStorage.getItem(place) ?? "{}") };
  if (changes === undefined) return kept;
  const merged = { ...kept, ...changes };
  sessionStorage.setItem(place, JSON.stringify(merged));
  return merged;
}
