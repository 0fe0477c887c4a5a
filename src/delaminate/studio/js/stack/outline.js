// A line around the true shape of a layer, of the same width at every zoom.

const AROUND = Array.from({ length: 16 }, (_, i) => [Math.cos((i * Math.PI) / 8), Math.sin((i * Math.PI) / 8)]);
const scratch = document.createElement("canvas");

/**
 * @param {CanvasRenderingContext2D} target the screen
 * @param {import("./pictures.js").Piece} piece
 * @param {import("./viewport.js").Viewport} view
 * @param {{width: number, height: number}} picture
 */
export function outline(target, piece, view, picture, { dx, dy }, colour, thickness) {
  const { width, height } = target.canvas;
  if (scratch.width !== width || scratch.height !== height) Object.assign(scratch, { width, height });
  const context = scratch.getContext("2d");
  const ring = (radius, colour) => {
    context.globalCompositeOperation = "source-over";
    context.clearRect(0, 0, width, height);
    const draw = (x, y) => {
      context.setTransform(1, 0, 0, 1, view.x + dx * view.scale + x, view.y + dy * view.scale + y);
      piece.draw(context, picture.width * view.scale, picture.height * view.scale);
      context.setTransform(1, 0, 0, 1, 0, 0);
    };
    for (const [x, y] of AROUND) draw(x * radius, y * radius);
    context.globalCompositeOperation = "source-in";
    context.fillStyle = colour;
    context.fillRect(0, 0, width, height);
    context.globalCompositeOperation = "destination-out";
    draw(0, 0);
    target.drawImage(scratch, 0, 0);
  };
  ring(thickness * 1.8, "rgb(255 255 255 / 0.85)");
  ring(thickness, colour);
}
