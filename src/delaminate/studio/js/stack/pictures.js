// Previews, loaded once each and cut to what they show.

import { pictureOf } from "./scene.js";

const ALPHA_SIDE = 1024;

/** A picture cut to a part of the canvas: bitmap pixels (x, y) on a canvas of frameWidth × frameHeight of them. */
export class Piece {
  #alpha = null;
  #light = null;

  constructor(bitmap, x, y, frameWidth, frameHeight) {
    Object.assign(this, { bitmap, x, y, frameWidth, frameHeight });
  }

  /** Draw on a canvas of width × height that shows the whole picture, moved by (dx, dy) of its pixels. */
  draw(context, width, height, dx = 0, dy = 0) {
    const [kx, ky] = [width / this.frameWidth, height / this.frameHeight];
    const { bitmap } = this;
    context.drawImage(bitmap, this.x * kx + dx, this.y * ky + dy, bitmap.width * kx, bitmap.height * ky);
  }

  /** Its middle, in pixels of its frame. */
  get middle() {
    return [this.x + this.bitmap.width / 2, this.y + this.bitmap.height / 2];
  }

  /** "bright" or "dark" where a like ground would swallow it, otherwise "middle". */
  get tone() {
    this.#light ??= lightness(pixels(this.bitmap, 24));
    return this.#light > 0.84 ? "bright" : this.#light < 0.2 ? "dark" : "middle";
  }

  /** Alpha 0..255 at (u, v), both 0..1 of the whole picture. */
  alphaAt(u, v) {
    const x = (u * this.frameWidth - this.x) / this.bitmap.width;
    const y = (v * this.frameHeight - this.y) / this.bitmap.height;
    if (x < 0 || y < 0 || x >= 1 || y >= 1) return 0;
    this.#alpha ??= pixels(this.bitmap, ALPHA_SIDE);
    const { data, width, height } = this.#alpha;
    return data[(Math.floor(y * height) * width + Math.floor(x * width)) * 4 + 3];
  }
}

function pixels(bitmap, longest) {
  const scale = Math.min(1, longest / Math.max(bitmap.width, bitmap.height));
  const [width, height] = [bitmap.width, bitmap.height].map((side) => Math.max(1, Math.round(side * scale)));
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}

/** Mean of what can be seen, 0..1. */
function lightness({ data }) {
  let [light, all] = [0, 0];
  for (let i = 0; i < data.length; i += 4) {
    light += ((0.299 * data[i] + 0.587 * data[i + 1] + 0.114 * data[i + 2]) / 255) * data[i + 3];
    all += data[i + 3];
  }
  return all ? light / all : 0.5;
}

/** A mask of grey (white counts) or of alpha as a bitmap whose alpha is the mask. */
function asAlpha(bitmap) {
  const image = pixels(bitmap, 2048);
  const { data } = image;
  for (let i = 0; i < data.length; i += 4) data[i + 3] = (data[i] * data[i + 3]) / 255;
  return createImageBitmap(image);
}

async function decoded(url) {
  const image = new Image();
  image.decoding = "async";
  image.src = url;
  await image.decode();
  return image;
}

/** A picture of the whole canvas is cut to the box; any other is taken for the box itself. */
async function cut(url, [left, top, right, bottom], canvas, mask) {
  const image = await decoded(url);
  const { naturalWidth: width, naturalHeight: height } = image;
  const whole = Math.abs(width / canvas.width - height / canvas.height) * Math.max(canvas.width, canvas.height) <= 2;
  let piece;
  if (whole) {
    const [kx, ky] = [width / canvas.width, height / canvas.height];
    const [x, y] = [Math.floor(left * kx), Math.floor(top * ky)];
    const across = Math.max(1, Math.min(width, Math.ceil(right * kx)) - x);
    const down = Math.max(1, Math.min(height, Math.ceil(bottom * ky)) - y);
    piece = new Piece(await createImageBitmap(image, x, y, across, down), x, y, width, height);
  } else {
    const [kx, ky] = [width / (right - left), height / (bottom - top)];
    piece = new Piece(await createImageBitmap(image), left * kx, top * ky, canvas.width * kx, canvas.height * ky);
  }
  return mask ? withBitmap(piece, await asAlpha(piece.bitmap)) : piece;
}

function withBitmap(piece, bitmap) {
  const [kx, ky] = [bitmap.width / piece.bitmap.width, bitmap.height / piece.bitmap.height];
  piece.bitmap.close();
  return new Piece(bitmap, piece.x * kx, piece.y * ky, piece.frameWidth * kx, piece.frameHeight * ky);
}

/** The pieces of a stack by layer id; "load" whenever one has come or failed. */
export class Pictures extends EventTarget {
  original = null;
  layers = new Map();
  invented = new Map();
  failed = new Set();
  #held = new Map();

  /** Load what a stack shows and let go of what it no longer does. */
  show(stack) {
    const canvas = { width: stack.width, height: stack.height };
    const whole = [0, 0, stack.width, stack.height];
    const wanted = new Set();
    const want = (url, box, mask, put) => {
      const key = JSON.stringify([pictureOf(url), box, mask]);
      wanted.add(key);
      if (!this.#held.has(key)) this.#held.set(key, cut(url, box, canvas, mask));
      const held = this.#held.get(key);
      held.then(
        (piece) => {
          if (this.#held.get(key) !== held) return;
          put(piece);
          this.#say();
        },
        () => {
          if (this.#held.get(key) !== held) return;
          this.#held.delete(key);
          this.failed.add(url);
          this.#say();
        },
      );
    };
    this.failed.clear();
    const kept = (map, ids) => {
      for (const id of [...map.keys()]) if (!ids.includes(id)) map.delete(id);
    };
    kept(
      this.layers,
      stack.layers.map((layer) => layer.id),
    );
    kept(this.invented, Object.keys(stack.invented ?? {}));
    for (const layer of stack.layers) {
      want(layer.url, layer.bbox, false, (piece) => this.layers.set(layer.id, piece));
      const mask = stack.invented?.[layer.id];
      if (mask) want(mask, layer.bbox, true, (piece) => this.invented.set(layer.id, piece));
    }
    if (!stack.originalUrl) this.original = null;
    else want(stack.originalUrl, whole, false, (piece) => (this.original = piece));
    const gone = [...this.#held].filter(([key]) => !wanted.has(key));
    for (const [key] of gone) this.#held.delete(key);
    // What is gone is seen until what replaces it has come.
    Promise.allSettled(this.#held.values()).then(() => {
      for (const [, held] of gone) {
        held.then(
          (piece) => this.#shows(piece) || piece.bitmap.close(),
          () => {},
        );
      }
    });
  }

  #shows(piece) {
    return [this.original, ...this.layers.values(), ...this.invented.values()].includes(piece);
  }

  /** The picture of a layer as soon as it is there; null when it does not come. */
  async piece(layer) {
    while (!this.#tried(layer)) await new Promise((done) => this.addEventListener("load", done, { once: true }));
    return this.layers.get(layer.id) ?? null;
  }

  #tried({ id, url }) {
    return this.layers.has(id) || this.failed.has(url);
  }

  /** Whether everything that can be loaded is there. */
  ready(stack) {
    return stack.layers.every((layer) => this.#tried(layer));
  }

  #say() {
    this.dispatchEvent(new Event("load"));
  }
}
