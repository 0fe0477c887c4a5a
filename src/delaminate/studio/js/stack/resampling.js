// A piece scaled and turned about its middle, pixel for pixel as the service exports it: bilinear samples of the colours
// weighted by alpha, several a pixel where it shrinks (`editing/arrangement.py`). Browsers each have their own way.

const FINEST = 8;
/** The last of each piece; a drag draws one a frame, so those are made with less care. */
const made = new WeakMap();

/** The drawn bitmap and where its corner lies, in pixels of the piece's frame, without the look's move. */
export function resampled(piece, { scaleX, scaleY, rotation }) {
  const key = [scaleX, scaleY, rotation].join();
  if (made.get(piece)?.key !== key) made.set(piece, { key, ...draw(piece, scaleX, scaleY, rotation) });
  return made.get(piece);
}

function draw(piece, scaleX, scaleY, rotation) {
  const { bitmap } = piece;
  const { width: w, height: h } = bitmap;
  const [mx, my] = piece.middle;
  const angle = (rotation * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const turned = Math.abs(scaleX) === 1 && Math.abs(scaleY) === 1 && rotation % 90 === 0;
  if (turned) return quarter(piece, scaleX, scaleY, Math.round(rotation / 90));
  const m = [cos * scaleX, -sin * scaleY, sin * scaleX, cos * scaleY];
  const reach = [0, 2].map((row) => Math.abs(m[row]) * (w / 2 + 1) + Math.abs(m[row + 1]) * (h / 2 + 1));
  const [left, top] = [Math.floor(mx - reach[0]), Math.floor(my - reach[1])];
  const [right, bottom] = [Math.ceil(mx + reach[0]), Math.ceil(my + reach[1])];
  const [across, down] = [right - left, bottom - top];
  const finer = Math.min(FINEST, Math.max(1, Math.ceil(1 / Math.min(Math.abs(scaleX), Math.abs(scaleY)) - 1e-6)));
  const source = premultiplied(bitmap);
  const image = new ImageData(across, down);
  const { data } = image;
  const det = m[0] * m[3] - m[1] * m[2];
  const back = [m[3] / det, -m[1] / det, -m[2] / det, m[0] / det];
  const stride = (w + 2) * 4;
  const sum = [0, 0, 0, 0];
  for (let y = 0; y < down; y++) {
    for (let x = 0; x < across; x++) {
      sum.fill(0);
      for (let j = 0; j < finer; j++) {
        const sy = top + y + (j + 0.5) / finer - my;
        for (let i = 0; i < finer; i++) {
          const sx = left + x + (i + 0.5) / finer - mx;
          const u = back[0] * sx + back[1] * sy + w / 2 + 0.5;
          const v = back[2] * sx + back[3] * sy + h / 2 + 0.5;
          if (u <= 0 || v <= 0 || u >= w + 1 || v >= h + 1) continue;
          const [column, row] = [Math.floor(u), Math.floor(v)];
          const [a, b] = [u - column, v - row];
          const at = row * stride + column * 4;
          for (let c = 0; c < 4; c++)
            sum[c] +=
              (source[at + c] * (1 - a) + source[at + 4 + c] * a) * (1 - b) +
              (source[at + stride + c] * (1 - a) + source[at + stride + 4 + c] * a) * b;
        }
      }
      const alpha = sum[3];
      if (!alpha) continue;
      const to = (y * across + x) * 4;
      for (let c = 0; c < 3; c++) data[to + c] = Math.round((sum[c] * 255) / alpha);
      data[to + 3] = Math.round(alpha / (finer * finer));
    }
  }
  const canvas = new OffscreenCanvas(across, down);
  canvas.getContext("2d").putImageData(image, 0, 0);
  return { bitmap: canvas, left, top };
}

/** Flips and quarter turns keep every pixel. */
function quarter(piece, scaleX, scaleY, turns) {
  const { bitmap } = piece;
  const [mx, my] = piece.middle;
  const sideways = turns % 2 !== 0;
  const [width, height] = sideways ? [bitmap.height, bitmap.width] : [bitmap.width, bitmap.height];
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  context.translate(width / 2, height / 2);
  context.rotate((turns * Math.PI) / 2);
  context.scale(scaleX, scaleY);
  context.imageSmoothingEnabled = false;
  context.drawImage(bitmap, -bitmap.width / 2, -bitmap.height / 2);
  return { bitmap: canvas, left: Math.floor(mx - width / 2), top: Math.floor(my - height / 2) };
}

/** Colours times alpha, 0..255, with a rim of nothing. */
function premultiplied(bitmap) {
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  const out = new Float32Array((width + 2) * (height + 2) * 4);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [from, to] = [(y * width + x) * 4, ((y + 1) * (width + 2) + x + 1) * 4];
      const alpha = data[from + 3];
      for (let c = 0; c < 3; c++) out[to + c] = (data[from + c] * alpha) / 255;
      out[to + 3] = alpha;
    }
  return out;
}
