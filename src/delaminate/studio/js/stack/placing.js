// Where a layer's pixels lie once it was moved, scaled and turned about its middle; the same as the service's.

const radians = (degrees) => (degrees * Math.PI) / 180;

/** Whether a look neither scales nor turns. */
export function isUpright({ scaleX, scaleY, rotation }) {
  return scaleX === 1 && scaleY === 1 && rotation % 360 === 0;
}

function middleOf([left, top, right, bottom]) {
  return [(left + right) / 2, (top + bottom) / 2];
}

/** Where a point of the layer as it was cut is now. */
export function placed(look, box, x, y) {
  const [cx, cy] = middleOf(box);
  const [u, v] = [(x - cx) * look.scaleX, (y - cy) * look.scaleY];
  const [cos, sin] = [Math.cos(radians(look.rotation)), Math.sin(radians(look.rotation))];
  return [cx + look.dx + u * cos - v * sin, cy + look.dy + u * sin + v * cos];
}

/** Where a point that is seen was in the layer as it was cut. */
export function unplaced(look, box, x, y) {
  const [cx, cy] = middleOf(box);
  const [u, v] = [x - cx - look.dx, y - cy - look.dy];
  const [cos, sin] = [Math.cos(radians(look.rotation)), Math.sin(radians(look.rotation))];
  return [cx + (u * cos + v * sin) / look.scaleX, cy + (v * cos - u * sin) / look.scaleY];
}

/** The four corners, clockwise from the top left of the layer as it was cut. */
export function corners(look, box) {
  const [left, top, right, bottom] = box;
  return [
    [left, top],
    [right, top],
    [right, bottom],
    [left, bottom],
  ].map(([x, y]) => placed(look, box, x, y));
}
