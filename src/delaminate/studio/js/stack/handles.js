// The frame round a selected layer, to scale it by its corners and turn it by the knob above it.

import { corners, placed } from "./placing.js";

const REACH = 14;
const KNOB = 26;
const SNAP = 15;
const LEAST = 0.02;

/** The layer that has handles: the only selected one, while layers are arranged; null where there is none. */
export function handled(scene) {
  const [id] = scene.selection;
  const free = scene.selection.length === 1 && scene.mode === "layers" && !scene.marking && !scene.brush;
  return free && id !== scene.background && scene.seen(id) ? id : null;
}

/** Corners and knob on the screen, in device pixels. */
function places(scene, id, view, density) {
  const { bbox } = scene.layer(id);
  const look = scene.look(id);
  const ends = corners(look, bbox).map(([x, y]) => view.toScreen(x, y));
  const top = view.toScreen(...placed(look, bbox, (bbox[0] + bbox[2]) / 2, bbox[1]));
  const middle = view.toScreen(...placed(look, bbox, (bbox[0] + bbox[2]) / 2, (bbox[1] + bbox[3]) / 2));
  const away = Math.hypot(top[0] - middle[0], top[1] - middle[1]) || 1;
  const out = (KNOB * density) / away;
  const knob = [top[0] + (top[0] - middle[0]) * out, top[1] + (top[1] - middle[1]) * out];
  return { ends, top, middle, knob };
}

/** What is under a point of the screen: "scale", "turn" or null. */
export function handleAt(scene, view, density, [x, y]) {
  const id = handled(scene);
  if (id === null) return null;
  const { ends, knob } = places(scene, id, view, density);
  const near = ([a, b]) => Math.hypot(a - x, b - y) <= REACH * density;
  return near(knob) ? "turn" : ends.some(near) ? "scale" : null;
}

/** The change of a look when a handle is dragged from one place of the screen to another. */
export function dragged(scene, view, density, kind, from, to, look, even) {
  const { middle } = places(scene, handled(scene), view, density);
  const [a, b] = [from, to].map(([x, y]) => [x - middle[0], y - middle[1]]);
  if (kind === "turn") {
    const turn = ((Math.atan2(b[1], b[0]) - Math.atan2(a[1], a[0])) * 180) / Math.PI;
    const wanted = look.rotation + turn;
    const rotation = even ? Math.round(wanted / SNAP) * SNAP : Math.round(wanted * 10) / 10;
    return { rotation: ((((rotation + 180) % 360) + 360) % 360) - 180 };
  }
  const most = scene.stack.limits?.scale ?? 20;
  const factor = Math.hypot(...b) / Math.max(1, Math.hypot(...a));
  const limited = (scale) => {
    const size = Math.max(LEAST, Math.min(most, Math.abs(scale) * factor));
    return (Math.sign(scale) * Math.round(size * 1000)) / 1000;
  };
  return { scaleX: limited(look.scaleX), scaleY: limited(look.scaleY) };
}

/** Draw them on the screen. */
export function drawHandles(context, scene, view, density, colour) {
  const id = handled(scene);
  if (id === null) return;
  const { ends, top, knob } = places(scene, id, view, density);
  const frame = new Path2D();
  frame.moveTo(...ends[0]);
  for (const end of ends.slice(1)) frame.lineTo(...end);
  frame.closePath();
  frame.moveTo(...top);
  frame.lineTo(...knob);
  context.setLineDash([]);
  context.lineWidth = 1 * density;
  context.strokeStyle = colour;
  context.globalAlpha = 0.8;
  context.stroke(frame);
  context.globalAlpha = 1;
  for (const [[x, y], round] of [...ends.map((end) => [end, false]), [knob, true]]) {
    const side = 5 * density;
    context.beginPath();
    if (round) context.arc(x, y, side, 0, 2 * Math.PI);
    else context.rect(x - side, y - side, 2 * side, 2 * side);
    context.fillStyle = "white";
    context.fill();
    context.lineWidth = 1.5 * density;
    context.stroke();
  }
}
