// The masks of marks as tints with an outline, on a canvas over the picture; and which of them is under a point.

import { ringOf } from "../stack/outline.js";

const SIDE = 512;
const FILL = { rest: 0.26, over: 0.4, chosen: 0.5 };

/** A mask over its box, loaded once. A mask may say another box than its mark's: one that was painted has the picture's. */
const boxOf = (mark) => mark.mask?.box ?? mark.box;

class Mask {
  image = null;
  #alpha = null;
  #rings = new Map();
  #tint = { key: "" };
  #part = null;

  constructor(url, loaded, failed) {
    const image = new Image();
    image.decoding = "async";
    image.src = url;
    this.come = image.decode().then(() => {
      this.image = image;
      loaded();
    }, failed);
  }

  /** Whether the thing is at (u, v), 0..1 of its box. */
  at(u, v) {
    if (!this.image || u < 0 || v < 0 || u >= 1 || v >= 1) return false;
    this.#alpha ??= small(this.image);
    const { data, width, height } = this.#alpha;
    return data[(Math.floor(v * height) * width + Math.floor(u * width)) * 4 + 3] > 127;
  }

  /** The mask in a colour at a size. */
  tint(width, height, colour) {
    const key = [Math.round(width), Math.round(height), colour].join();
    if (this.#tint.key !== key) this.#tint = { key, canvas: tinted(this.image, width, height, colour) };
    return this.#tint.canvas;
  }

  /** The part of its box that it covers, 0..1: left, top, right, bottom. */
  get part() {
    if (!this.image) return null;
    this.#alpha ??= small(this.image);
    this.#part ??= covered(this.#alpha);
    return this.#part;
  }

  /** The outline at a size and in a colour, with a pad round it. */
  ring(width, height, pad, colour, thickness) {
    const key = [Math.round(width), Math.round(height), colour].join();
    if (!this.#rings.has(key)) {
      this.#rings.clear();
      this.#rings.set(key, ringOf(this.image, width, height, pad, colour, thickness));
    }
    return this.#rings.get(key);
  }
}

function small(image) {
  const scale = Math.min(1, SIDE / Math.max(image.naturalWidth, image.naturalHeight));
  const [width, height] = [image.naturalWidth, image.naturalHeight].map((side) =>
    Math.max(1, Math.round(side * scale)),
  );
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}

export class Tints {
  #masks = new Map();
  #changed;

  /** `changed` is called when another mask can be seen, `lost(url)` when one does not come. */
  constructor(changed, lost) {
    this.#changed = changed;
    this.lost = lost;
  }

  #mask(url) {
    if (!this.#masks.has(url)) this.#masks.set(url, new Mask(url, this.#changed, () => this.lost(url)));
    return this.#masks.get(url);
  }

  /** Whether the mask of a mark is there: until it is, all of the mark's box counts. */
  isMasked(mark) {
    return Boolean(mark.mask && this.#mask(mark.mask.url).image);
  }

  /** Whether a mark covers the point (x, y) of the picture; a box without a mask covers all of itself. */
  covers(mark, x, y) {
    if (!mark.box) return false;
    const masked = this.isMasked(mark);
    const [left, top, right, bottom] = masked ? boxOf(mark) : mark.box;
    const [u, v] = [(x - left) / (right - left), (y - top) / (bottom - top)];
    if (!masked) return u >= 0 && v >= 0 && u < 1 && v < 1;
    return this.#mask(mark.mask.url).at(u, v);
  }

  /** The box that a mark really covers, for its label; its own where its mask has not come. */
  tight(mark) {
    const part = mark.mask ? this.#mask(mark.mask.url).part : null;
    if (!part) return mark.box;
    const [left, top, right, bottom] = boxOf(mark);
    const [across, down] = [right - left, bottom - top];
    return [left + part[0] * across, top + part[1] * down, left + part[2] * across, top + part[3] * down];
  }

  /** The mask of a mark as a picture over a box, to paint on; a promise until it has come, null where there is none. */
  base(mark) {
    if (!mark.mask) return null;
    const mask = this.#mask(mark.mask.url);
    const base = () => mask.image && { image: mask.image, box: boxOf(mark) };
    return base() ?? mask.come.then(base);
  }

  /** Draw all of them; a mark that is `painted` on is what its brush has; `scale` is canvas pixels a picture pixel, `paint` a mark's colour, `state` how strong it is. */
  draw(canvas, marks, scale, paint, state, painted) {
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, canvas.width, canvas.height);
    const held = new Set(marks.map((mark) => mark.mask?.url));
    for (const url of [...this.#masks.keys()]) if (!held.has(url)) this.#masks.delete(url);
    const thickness = Math.max(1.5, 1.5 * (globalThis.devicePixelRatio || 1));
    for (const mark of [...marks].reverse()) {
      const brush = painted(mark);
      if (brush) {
        context.globalAlpha = FILL.chosen;
        context.drawImage(tinted(brush.whole, canvas.width, canvas.height, paint(mark)), 0, 0);
        context.globalAlpha = 1;
        continue;
      }
      if (!mark.mask) continue;
      const mask = this.#mask(mark.mask.url);
      if (!mask.image) continue;
      const [left, top, right, bottom] = boxOf(mark).map((side) => side * scale);
      const [width, height] = [Math.max(1, right - left), Math.max(1, bottom - top)];
      const colour = paint(mark);
      context.globalAlpha = FILL[state(mark)];
      context.drawImage(mask.tint(width, height, colour), left, top);
      context.globalAlpha = 1;
      const pad = Math.ceil(thickness * 2);
      context.drawImage(
        mask.ring(width, height, pad, colour, thickness),
        left - pad,
        top - pad,
        width + 2 * pad,
        height + 2 * pad,
      );
    }
  }
}

function covered({ data, width, height }) {
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let y = 0, at = 3; y < height; y++)
    for (let x = 0; x < width; x++, at += 4) {
      if (data[at] <= 127) continue;
      left = Math.min(left, x);
      right = Math.max(right, x + 1);
      top = Math.min(top, y);
      bottom = y + 1;
    }
  return right ? [left / width, top / height, right / width, bottom / height] : [0, 0, 1, 1];
}

function tinted(image, width, height, colour) {
  const canvas = new OffscreenCanvas(Math.ceil(width), Math.ceil(height));
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0, width, height);
  context.globalCompositeOperation = "source-in";
  context.fillStyle = colour;
  context.fillRect(0, 0, canvas.width, canvas.height);
  return canvas;
}
