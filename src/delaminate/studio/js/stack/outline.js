// A line around the true shape of a layer, of the same width at every zoom.

const AROUND = Array.from({ length: 12 }, (_, i) => [Math.cos((i * Math.PI) / 6), Math.sin((i * Math.PI) / 6)]);
const LONGEST = 2048;
/** The last outline of each piece: drawing one costs as much as drawing the layer two dozen times. */
const rings = new WeakMap();

/**
 * @param {CanvasRenderingContext2D} target the screen
 * @param {import("./pictures.js").Piece} piece
 * @param {import("./viewport.js").Viewport} view
 * @param {{width: number, height: number}} picture
 */
export function outline(target, piece, view, picture, { dx, dy }, colour, thickness) {
  const [kx, ky] = [(picture.width * view.scale) / piece.frameWidth, (picture.height * view.scale) / piece.frameHeight];
  const [width, height] = [piece.bitmap.width * kx, piece.bitmap.height * ky];
  const pad = Math.ceil(thickness * 2);
  const key = [width, height, colour].join();
  if (rings.get(piece)?.key !== key)
    rings.set(piece, { key, canvas: ringOf(piece.bitmap, width, height, pad, colour, thickness) });
  const [x, y] = [view.x + piece.x * kx + dx * view.scale, view.y + piece.y * ky + dy * view.scale];
  target.drawImage(rings.get(piece).canvas, x - pad, y - pad, width + 2 * pad, height + 2 * pad);
}

/** A ring of a colour, and a white one round it, round whatever of a bitmap can be seen, drawn at width × height. */
export function ringOf(bitmap, width, height, pad, colour, thickness) {
  // One that is larger than any screen is drawn smaller and a little soft.
  const k = Math.min(1, LONGEST / Math.max(width, height));
  const layer = () =>
    new OffscreenCanvas(Math.ceil((width + 2 * pad) * k), Math.ceil((height + 2 * pad) * k)).getContext("2d");
  const whole = layer();
  const at = (context, x, y) => context.drawImage(bitmap, (pad + x) * k, (pad + y) * k, width * k, height * k);
  for (const [radius, style] of [
    [1.8 * thickness, "rgb(255 255 255 / 0.85)"],
    [thickness, colour],
  ]) {
    const grown = layer();
    for (const [x, y] of AROUND) at(grown, x * radius, y * radius);
    grown.globalCompositeOperation = "source-in";
    grown.fillStyle = style;
    grown.fillRect(0, 0, grown.canvas.width, grown.canvas.height);
    whole.drawImage(grown.canvas, 0, 0);
  }
  whole.globalCompositeOperation = "destination-out";
  at(whole, 0, 0);
  return whole.canvas;
}

/** A name on a ground of its colour, above a place of the screen but within it. */
export function nameTag(target, name, x, y, colour, ink, density) {
  const height = 22 * density;
  target.font = `500 ${12 * density}px system-ui, sans-serif`;
  target.textBaseline = "middle";
  target.textAlign = "left";
  const short = name.length > 40 ? `${name.slice(0, 39)}…` : name;
  const width = target.measureText(short).width + 16 * density;
  const left = Math.max(4, Math.min(target.canvas.width - width - 4, x));
  const top = Math.max(4, y - height - 6 * density);
  target.fillStyle = colour;
  target.beginPath();
  target.roundRect(left, top, width, height, 5 * density);
  target.fill();
  target.fillStyle = ink;
  target.fillText(short, left + 8 * density, top + height / 2 + density / 2);
}
