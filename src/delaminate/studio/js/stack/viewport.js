// Where the picture lies on the screen: zoom and pan, in device pixels.

const MARGIN = 28;
const LARGEST = 32;

export class Viewport {
  width = 1;
  height = 1;
  /** Device pixels per picture pixel: 1 is 100 %. */
  scale = 1;
  x = 0;
  y = 0;
  #picture = { width: 1, height: 1 };
  #fitted = true;

  /** The size of the screen in device pixels and of the picture; a fitted picture stays fitted. */
  resize(width, height, picture) {
    const other = picture.width !== this.#picture.width || picture.height !== this.#picture.height;
    Object.assign(this, { width, height });
    this.#picture = picture;
    if (other || this.#fitted) this.fit();
    else this.#keep();
  }

  get fitting() {
    const margin = 2 * Math.min(MARGIN * (globalThis.devicePixelRatio || 1), this.width / 12);
    const { width, height } = this.#picture;
    const scale = Math.min((this.width - margin) / width, (this.height - margin) / height);
    return Math.max(1e-3, Math.min(scale, 4));
  }

  fit() {
    this.scale = this.fitting;
    this.x = (this.width - this.#picture.width * this.scale) / 2;
    this.y = (this.height - this.#picture.height * this.scale) / 2;
    this.#fitted = true;
    this.#keep();
  }

  /** Set the zoom, with the picture's pixel under (x, y) staying there. */
  zoomTo(scale, x = this.width / 2, y = this.height / 2) {
    const wanted = Math.max(Math.min(this.fitting, 1) / 4, Math.min(LARGEST, scale));
    this.x = x - ((x - this.x) * wanted) / this.scale;
    this.y = y - ((y - this.y) * wanted) / this.scale;
    this.scale = wanted;
    this.#fitted = false;
    this.#keep();
  }

  zoomBy(factor, x, y) {
    this.zoomTo(this.scale * factor, x, y);
  }

  pan(dx, dy) {
    this.x += dx;
    this.y += dy;
    this.#fitted = false;
    this.#keep();
  }

  /** Screen to picture pixels. */
  toPicture(x, y) {
    return [(x - this.x) / this.scale, (y - this.y) / this.scale];
  }

  toScreen(x, y) {
    return [x * this.scale + this.x, y * this.scale + this.y];
  }

  /** The picture never leaves the screen, and lies on whole device pixels so that 100 % is crisp. */
  #keep() {
    const near = 48;
    const [across, down] = [this.#picture.width * this.scale, this.#picture.height * this.scale];
    this.x = Math.round(Math.max(near - across, Math.min(this.width - near, this.x)));
    this.y = Math.round(Math.max(near - down, Math.min(this.height - near, this.y)));
  }
}
