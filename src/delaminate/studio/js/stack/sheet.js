// The picture that the canvas shows: layers composed once at the size of their previews, then only scaled.

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

function shown(scene, pictures, ids) {
  const found = [];
  for (const id of ids) {
    const piece = pictures.layers.get(id);
    const { opacity, dx, dy } = scene.look(id);
    if (piece && scene.seen(id) && opacity > 0) found.push({ id, piece, opacity, dx, dy });
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
  for (const { piece, opacity, dx, dy } of shown(scene, pictures, scene.order)) {
    context.globalAlpha = opacity;
    piece.draw(context, width, height, Math.round(dx * k), Math.round(dy * k));
  }
}

/** Draw the alpha of what was made up; fainter where a layer lies over it. */
export function composeInvented(canvas, scene, pictures) {
  const [width, height] = sheetSize(scene.stack, pictures);
  const context = sized(canvas, width, height);
  const k = width / scene.stack.width;
  for (const { id, piece, opacity, dx, dy } of shown(scene, pictures, scene.order)) {
    const at = [width, height, Math.round(dx * k), Math.round(dy * k)];
    context.globalCompositeOperation = "destination-out";
    context.globalAlpha = opacity * (1 - COVERED);
    piece.draw(context, ...at);
    context.globalCompositeOperation = "source-over";
    context.globalAlpha = 1;
    pictures.invented.get(id)?.draw(context, ...at);
  }
}

/** The topmost visible layer at (x, y) of the picture; null where all are clear. */
export function pick(scene, pictures, x, y) {
  const { width, height } = scene.stack;
  const above = shown(scene, pictures, scene.order).reverse();
  const hit = above.find(({ piece, dx, dy }) => piece.alphaAt((x - dx) / width, (y - dy) / height) >= 24);
  return hit?.id ?? null;
}
