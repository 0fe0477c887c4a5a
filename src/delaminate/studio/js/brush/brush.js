// A mask that is painted: strokes that add and strokes that take away, over a base that stays as it was.
//
// It is painted at no more than 2048 pixels a side, so that it follows the pointer at any size of picture; what was
// painted is enlarged only when the mask is saved, over the base at full size.

const LONGEST = 2048;
/** How far a colour may be from the one where a magic stroke began, in RGB of 0..255. */
const ALIKE = 42;

export class Brush {
  /** What was painted: strokes of {how, points}, enough to paint it again. */
  strokes = [];
  base = null;
  #at = null;
  #reference = null;

  /**
   * @param {{width: number, height: number}} picture
   * @param {Base | Promise<Base | null> | null} base what is there already, over a box of the picture: {image, box}; a
   *   promise of it where it has not come, until which there are only strokes (`ready`)
   * @param {CanvasImageSource | null} seen the picture, for magic strokes
   */
  constructor(picture, base, seen) {
    this.picture = picture;
    this.seen = seen;
    this.scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
    const [width, height] = [picture.width, picture.height].map((side) => Math.max(1, Math.round(side * this.scale)));
    this.whole = new OffscreenCanvas(width, height);
    this.added = new OffscreenCanvas(width, height);
    this.taken = new OffscreenCanvas(width, height);
    /** Resolves when the base is there. */
    this.ready = Promise.resolve(base instanceof Promise ? base.then((come) => this.#lay(come)) : this.#lay(base));
  }

  #lay(base) {
    this.base = base;
    this.whole.getContext("2d").clearRect(0, 0, this.whole.width, this.whole.height);
    this.#mask(this.whole, this.scale);
  }

  /** The base without what was taken away and with what was added, on an empty canvas. */
  #mask(canvas, scale) {
    const { width, height } = canvas;
    const context = canvas.getContext("2d");
    context.globalCompositeOperation = "source-over";
    if (this.base) drawBase(context, this.base, scale);
    context.globalCompositeOperation = "destination-out";
    context.drawImage(this.taken, 0, 0, width, height);
    context.globalCompositeOperation = "source-over";
    context.drawImage(this.added, 0, 0, width, height);
  }

  /** Whether anything was painted. */
  get touched() {
    return this.strokes.length > 0;
  }

  /** Paint strokes again. */
  repeat(strokes) {
    for (const { how, points } of strokes) {
      this.begin(how, ...points[0]);
      for (const at of points.slice(1)) this.move(...at);
      this.end();
    }
  }

  /** Begin a stroke at (x, y) of the picture: `how` is {mode: "add" | "take", size, soft 0..1, magic}. */
  begin(how, x, y) {
    this.how = how;
    this.strokes.push({ how: { ...how }, points: [[x, y]] });
    this.#at = [x * this.scale, y * this.scale];
    this.#reference = how.magic ? this.#colourAt(...this.#at) : null;
    this.#paint(this.#at, this.#at);
  }

  /** Go on to (x, y). */
  move(x, y) {
    if (!this.#at) return;
    const to = [x * this.scale, y * this.scale];
    this.strokes.at(-1).points.push([x, y]);
    this.#paint(this.#at, to);
    this.#at = to;
  }

  end() {
    this.#at = null;
  }

  #paint(from, to) {
    const { mode, size, soft } = this.how;
    const [mine, other] = mode === "add" ? [this.added, this.taken] : [this.taken, this.added];
    const radius = Math.max(0.5, (size / 2) * this.scale);
    const dabs = this.#reference || soft > 0 ? places(from, to, radius) : null;
    const on = (canvas, operation) => {
      const context = canvas.getContext("2d");
      context.globalCompositeOperation = operation;
      if (dabs === null) line(context, from, to, radius);
      else for (const at of dabs) this.#dab(context, at, radius, soft);
    };
    on(mine, "source-over");
    on(other, "destination-out");
    on(this.whole, mode === "add" ? "source-over" : "destination-out");
  }

  #dab(context, [x, y], radius, soft) {
    if (this.#reference) {
      const stamp = this.#alike(x, y, radius);
      if (stamp) context.drawImage(stamp.canvas, stamp.x, stamp.y);
      return;
    }
    const shade = context.createRadialGradient(x, y, radius * (1 - soft), x, y, radius);
    shade.addColorStop(0, "white");
    shade.addColorStop(1, "rgb(255 255 255 / 0)");
    context.fillStyle = shade;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fill();
  }

  /** The pixels under a dab that look like where the stroke began. */
  #alike(x, y, radius) {
    const { width, height } = this.whole;
    const [left, top] = [Math.max(0, Math.floor(x - radius)), Math.max(0, Math.floor(y - radius))];
    const [right, bottom] = [Math.min(width, Math.ceil(x + radius)), Math.min(height, Math.ceil(y + radius))];
    if (right <= left || bottom <= top) return null;
    const pixels = this.#pixels();
    const image = new ImageData(right - left, bottom - top);
    const [r, g, b] = this.#reference;
    for (let row = top; row < bottom; row++)
      for (let column = left; column < right; column++) {
        if ((column - x) ** 2 + (row - y) ** 2 > radius * radius) continue;
        const from = (row * width + column) * 4;
        const away = Math.hypot(pixels[from] - r, pixels[from + 1] - g, pixels[from + 2] - b);
        if (away > ALIKE) continue;
        const to = ((row - top) * (right - left) + column - left) * 4;
        image.data.fill(255, to, to + 4);
      }
    const canvas = new OffscreenCanvas(right - left, bottom - top);
    canvas.getContext("2d").putImageData(image, 0, 0);
    return { canvas, x: left, y: top };
  }

  #pixels() {
    if (!this.looked) {
      const { width, height } = this.whole;
      const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
      if (this.seen) context.drawImage(this.seen, 0, 0, width, height);
      this.looked = context.getImageData(0, 0, width, height).data;
    }
    return this.looked;
  }

  #colourAt(x, y) {
    const { width, height } = this.whole;
    const [column, row] = [
      Math.min(width - 1, Math.max(0, Math.round(x))),
      Math.min(height - 1, Math.max(0, Math.round(y))),
    ];
    const at = (row * width + column) * 4;
    return [...this.#pixels().slice(at, at + 3)];
  }

  /** The box of the picture that is covered, or null. */
  box() {
    const { width, height } = this.whole;
    const copy = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
    copy.drawImage(this.whole, 0, 0);
    const { data } = copy.getImageData(0, 0, width, height);
    let [left, top, right, bottom] = [width, height, -1, -1];
    for (let row = 0, at = 3; row < height; row++)
      for (let column = 0; column < width; column++, at += 4) {
        if (data[at] <= 127) continue;
        if (column < left) left = column;
        if (column > right) right = column;
        if (row < top) top = row;
        bottom = row;
      }
    if (right < 0) return null;
    const most = this.picture;
    const full = (side, limit) => Math.max(0, Math.min(limit, Math.round(side / this.scale)));
    return [full(left, most.width), full(top, most.height), full(right + 1, most.width), full(bottom + 1, most.height)];
  }

  /** The mask at the size of the picture, white on transparency. */
  async png() {
    await this.ready;
    const { width, height } = this.picture;
    const canvas = new OffscreenCanvas(width, height);
    this.#mask(canvas, 1);
    return new File([await canvas.convertToBlob({ type: "image/png" })], "mask.png", { type: "image/png" });
  }
}

function drawBase(context, { image, box }, scale) {
  const [left, top, right, bottom] = box.map((side) => side * scale);
  context.drawImage(image, left, top, right - left, bottom - top);
  // Only where it is counts, not which colour it has.
  context.globalCompositeOperation = "source-in";
  context.fillStyle = "white";
  context.fillRect(0, 0, context.canvas.width, context.canvas.height);
  context.globalCompositeOperation = "source-over";
}

function line(context, from, to, radius) {
  context.strokeStyle = "white";
  context.lineWidth = 2 * radius;
  context.lineCap = "round";
  context.beginPath();
  context.moveTo(...from);
  context.lineTo(to[0] + 0.01, to[1]);
  context.stroke();
}

/** Where dabs of a stroke lie, a third of their radius apart. */
function places([x1, y1], [x2, y2], radius) {
  const count = Math.max(1, Math.ceil(Math.hypot(x2 - x1, y2 - y1) / Math.max(1, radius / 3)));
  return Array.from({ length: count }, (_, at) => {
    const share = (at + 1) / count;
    return [x1 + (x2 - x1) * share, y1 + (y2 - y1) * share];
  });
}
