// What was typed and marked for a picture, kept in the tab so that a reload or a way back loses nothing.

/** The draft of a picture; with `changes` they are kept first. */
export function draft(picture, changes = undefined) {
  const place = `draft ${picture}`;
  const kept = { instruction: "", layers: 6, ...JSON.parse(sessionStorage.getItem(place) ?? "{}") };
  if (changes === undefined) return kept;
  const merged = { ...kept, ...changes };
  try {
    sessionStorage.setItem(place, JSON.stringify(merged));
  } catch {
    // A full store keeps what it has: the words matter most.
    sessionStorage.setItem(place, JSON.stringify({ ...merged, plan: null }));
  }
  return merged;
}
