// The picture that the canvas shows: layers composed once at the size of their previews, then only scaled.

import { isUpright, unplaced } from "./placing.js";
import { resampled } from "./resampling.js";

const MODES = { normal: "source-over", multiply: "multiply", screen: "screen" };
const LONGEST = 2048;
/** How much of an invented pixel's tint is left where a layer above covers it. */
const COVERED = 0.35;

function sized(canvas, width, height) {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  context.globalAlpha = 1;
  context.globalCompositeOperation = "source-over";
  context.clearRect(0, 0, width, height);
  return context;
}

/** Width and height of the sheet: those of the background's preview. */
export function sheetSize(stack, pictures) {
  const piece = pictures.layers.get(stack.layers[0]?.id) ?? pictures.original;
  if (piece) return [Math.round(piece.frameWidth), Math.round(piece.frameHeight)];
  const scale = Math.min(1, LONGEST / Math.max(stack.width, stack.height));
  return [Math.round(stack.width * scale), Math.round(stack.height * scale)];
}

/** Draw a piece where its look has it; `middle` is the piece whose middle it turns about. */
function drawPlaced(context, piece, look, width, height, k, { middle = piece, live = false } = {}) {
  const [dx, dy] = [Math.round(look.dx * k), Math.round(look.dy * k)];
  if (isUpright(look)) {
    piece.draw(context, width, height, dx, dy);
    return;
  }
  if (piece === middle && !live) {
    const { bitmap, left, top } = resampled(piece, look);
    context.drawImage(bitmap, left + dx, top + dy);
    return;
  }
  const [x, y] = middle.middle;
  context.save();
  context.translate(x + dx, y + dy);
  context.rotate((look.rotation * Math.PI) / 180);
  context.scale(look.scaleX, look.scaleY);
  context.translate(-x, -y);
  piece.draw(context, width, height);
  context.restore();
}

function shown(scene, pictures, ids) {
  const found = [];
  for (const id of ids) {
    const piece = pictures.layers.get(id);
    const look = scene.look(id);
    if (piece && scene.seen(id) && look.opacity > 0) found.push({ id, piece, look });
  }
  return found;
}

/** Draw the visible layers, bottom to top, on `canvas`; only the background with `only`. */
export function compose(canvas, scene, pictures, only = false) {
  const [width, height] = sheetSize(scene.stack, pictures);
  const context = sized(canvas, width, height);
  const k = width / scene.stack.width;
  if (only) {
    pictures.layers.get(scene.background)?.draw(context, width, height);
    return;
  }
  if (scene.ground) {
    context.fillStyle = scene.ground;
    context.fillRect(0, 0, width, height);
  }
  for (const { piece, look } of shown(scene, pictures, scene.order)) {
    context.globalAlpha = look.opacity;
    context.globalCompositeOperation = MODES[look.blend] ?? "source-over";
    drawPlaced(context, piece, look, width, height, k, { live: scene.live });
  }
  context.globalCompositeOperation = "source-over";
}

/** Draw the alpha of what was made up; fainter where a layer lies over it. */
export function composeInvented(canvas, scene, pictures) {
  const [width, height] = sheetSize(scene.stack, pictures);
  const context = sized(canvas, width, height);
  const k = width / scene.stack.width;
  for (const { id, piece, look } of shown(scene, pictures, scene.order)) {
    context.globalCompositeOperation = "destination-out";
    context.globalAlpha = look.opacity * (1 - COVERED);
    drawPlaced(context, piece, look, width, height, k);
    context.globalCompositeOperation = "source-over";
    context.globalAlpha = 1;
    const mask = pictures.invented.get(id);
    if (mask) drawPlaced(context, mask, look, width, height, k, { middle: piece });
  }
}

/** The topmost visible layer at (x, y) of the picture; null where all are clear. */
export function pick(scene, pictures, x, y) {
  const { width, height } = scene.stack;
  const above = shown(scene, pictures, scene.order).reverse();
  const hit = above.find(({ piece, look, id }) => {
    const [u, v] = unplaced(look, scene.layer(id).bbox, x, y);
    return piece.alphaAt(u / width, v / height) >= 24;
  });
  return hit?.id ?? null;
}
