// Where points of the exploded stack fall on the screen; the same as CSS `rotateX(tilt) rotateY(turn)` seen from `far`.

const radians = (degrees) => (degrees * Math.PI) / 180;

/** Screen x and y, from the middle, of a point given from the middle; `far` is the perspective; all in CSS pixels. */
export function project(x, y, z, { turn, tilt }, far) {
  const [a, b] = [radians(tilt), radians(turn)];
  const across = x * Math.cos(b) + z * Math.sin(b);
  const near = z * Math.cos(b) - x * Math.sin(b);
  const down = y * Math.cos(a) - near * Math.sin(a);
  const nearer = y * Math.sin(a) + near * Math.cos(a);
  const size = far / Math.max(far / 20, far - nearer);
  return [across * size, down * size];
}

/**
 * The scale at which a stack fills a room.
 *
 * @param {{width: number, height: number}} picture
 * @param {{turn: number, tilt: number, depth: number}} pose depth in picture pixels
 * @returns {{scale: number, x: number, y: number, far: number}} x and y shift the stack's middle so that it is centred
 */
export function fitted(picture, pose, room, zoom) {
  // Perspective keeps its proportion to the stack, so that a larger one looks the same.
  const longest = Math.hypot(picture.width, picture.height, pose.depth);
  const far = 3.2 * longest;
  const [xs, ys] = [[], []];
  for (const x of [-0.5, 0.5])
    for (const y of [-0.5, 0.5])
      for (const z of [-0.5, 0.5]) {
        const [across, down] = project(x * picture.width, y * picture.height, z * pose.depth, pose, far);
        xs.push(across);
        ys.push(down);
      }
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const scale = Math.min(room.width / (right - left), room.height / (bottom - top)) * 0.94 * zoom;
  return { scale, x: (-(left + right) / 2) * scale, y: (-(top + bottom) / 2) * scale, far: far * scale };
}
