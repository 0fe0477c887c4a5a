// A plan as people edit it: one row a layer, front first. Plain values and functions; no elements, no network.
//
// row: {key, name, box | null, point | null, mask | null, role, confidence, text, target, siblings, renamed, edited, outcome}
//   mask: {id, url} over the box, once the service knows the thing; target: the target of the service's plan it came from;
//   siblings: how many rows came from it; edited: whether its place was marked by hand.

/** Rows of an answer of `POST layers/plan` with `locate`. */
export function rowsOf(answer) {
  const perTarget = new Map();
  for (const found of answer.found) perTarget.set(found.target, (perTarget.get(found.target) ?? 0) + 1);
  const rows = answer.found.map((found) =>
    row({
      name: found.name,
      box: found.bbox,
      mask: found.mask ?? null,
      role: found.role,
      confidence: found.confidence,
      text: found.text,
      target: answer.plan.targets[found.target] ?? null,
      siblings: perTarget.get(found.target),
    }),
  );
  for (const [at, report] of answer.targets.entries()) {
    const lost = !perTarget.has(at) && report.outcome !== "kept in background" && answer.plan.targets[at];
    if (lost) {
      rows.push(row({ name: report.target, target: lost, siblings: 1, outcome: report.outcome }));
    }
  }
  return rows;
}

/** A row for something marked in the picture. */
export function markedRow(mark, name = "") {
  return row({ name, edited: true, ...mark });
}

function row(facts) {
  const nothing = {
    name: "",
    box: null,
    point: null,
    mask: null,
    role: "object",
    confidence: null,
    text: null,
    target: null,
  };
  return {
    key: `r${crypto.randomUUID().slice(0, 8)}`,
    ...nothing,
    siblings: 0,
    renamed: false,
    edited: false,
    outcome: "",
    ...facts,
  };
}

/** Whether a row will become a layer as far as anybody knows. */
export function isPlaced(row) {
  return row.box !== null || row.point !== null;
}

/**
 * What to send back for edited rows: the masks that are known as `regions`, front to back, and for all other rows a plan
 * that says where they are, or for text what it reads. What the sentence said of the whole (`read`) stays.
 */
export function askedOf(rows, read) {
  const sent = new Set();
  const targets = [];
  const regions = [];
  for (const row of rows) {
    if (row.mask) {
      regions.push({ mask: row.mask.id, name: row.name.trim() });
      continue;
    }
    const kin = rows.filter((one) => row.target !== null && one.target === row.target);
    if (kin.length && kin.length === row.siblings && kin.every((one) => !one.edited && !one.renamed)) {
      if (!sent.has(row.target)) targets.push(row.target);
      sent.add(row.target);
    } else targets.push(targetOf(row));
  }
  const { layers = null, depth = [], ignored = [], kept = [], note = "", planner = "" } = read ?? {};
  const whole = { note, planner, layers: layers === null ? null : Math.max(layers, rows.length), depth, ignored, kept };
  return { plan: { targets, inverted: false, ...whole }, regions };
}

function targetOf(row) {
  const name = row.name.trim();
  const marked = { phrase: name || "marked", name, count: 1 };
  if (row.text !== null && !row.edited) return { ...marked, kind: "text", quoted: row.text.replaceAll("\n", " ") };
  if (row.siblings === 1 && row.target && !row.edited) return { ...row.target, count: 1, name };
  const kind = ["person", "effect", "shadow"].includes(row.role) ? row.role : "object";
  return row.point ? { ...marked, kind, point: row.point } : { ...marked, kind, box: row.box };
}

/** The same rows with one moved by so many places. */
export function moved(rows, key, places) {
  const from = rows.findIndex((one) => one.key === key);
  const to = Math.max(0, Math.min(rows.length - 1, from + places));
  const list = rows.filter((one) => one.key !== key);
  list.splice(to, 0, rows[from]);
  return list;
}

/** A box kept inside a picture, whole pixels, at least 2 wide and high. */
export function boxWithin([left, top, right, bottom], width, height) {
  const l = Math.round(Math.max(0, Math.min(left, right, width - 2)));
  const t = Math.round(Math.max(0, Math.min(top, bottom, height - 2)));
  const r = Math.round(Math.min(width, Math.max(left, right, l + 2)));
  const b = Math.round(Math.min(height, Math.max(top, bottom, t + 2)));
  return [l, t, r, b];
}
