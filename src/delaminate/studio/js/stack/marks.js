// Boxes and points drawn on the picture for a repair, in picture pixels.

function inside({ width, height }, [x, y]) {
  return [Math.max(0, Math.min(width, Math.round(x))), Math.max(0, Math.min(height, Math.round(y)))];
}

function boxOf(stack, from, to) {
  const [x1, y1] = inside(stack, from);
  const [x2, y2] = inside(stack, to);
  return [Math.min(x1, x2), Math.min(y1, y2), Math.max(x1, x2), Math.max(y1, y2)];
}

export const onMarking = {
  /** The pointer is dragged from one place to another. */
  drag(scene, from, to) {
    if (scene.marking !== "box") return;
    const box = boxOf(scene.stack, from, to);
    if (box[2] - box[0] >= 2 && box[3] - box[1] >= 2) scene.mark({ box });
  },

  /** A place is clicked, or chosen with Enter: a point, or by keyboard a corner of the box. */
  press(scene, at, keyboard = false) {
    if (scene.marking === "points") {
      const { width, height } = scene.stack;
      const [x, y] = at.map(Math.floor);
      if (x >= 0 && y >= 0 && x < width && y < height) scene.mark({ points: [...scene.points, [x, y]] });
    } else if (keyboard && scene.corner) {
      onMarking.drag(scene, scene.corner, at);
      scene.mark({ corner: null });
    } else if (keyboard) scene.mark({ corner: at });
  },

  /** The crosshair moved; a box begun by keyboard follows it. */
  aim(scene, at) {
    if (scene.corner) onMarking.drag(scene, scene.corner, at);
  },
};

/** Draw the marks on the screen. */
export function drawMarks(context, scene, view, density, colour, crosshair) {
  const line = (width, style, dash = []) => {
    context.lineWidth = width * density;
    context.strokeStyle = style;
    context.setLineDash(dash.map((part) => part * density));
  };
  const both = (path, dash) => {
    line(3.5, "rgb(255 255 255 / 0.9)");
    context.stroke(path);
    line(1.75, colour, dash);
    context.stroke(path);
    context.setLineDash([]);
  };
  if (scene.box && scene.marking !== null) {
    const [left, top] = view.toScreen(scene.box[0], scene.box[1]);
    const [right, bottom] = view.toScreen(scene.box[2], scene.box[3]);
    const shade = new Path2D();
    shade.rect(0, 0, context.canvas.width, context.canvas.height);
    shade.rect(left, top, right - left, bottom - top);
    context.fillStyle = "rgb(0 0 0 / 0.28)";
    context.fill(shade, "evenodd");
    const frame = new Path2D();
    frame.rect(left, top, right - left, bottom - top);
    both(frame, [6, 4]);
  }
  if (scene.marking !== null) {
    scene.points.forEach((point, index) => {
      const [x, y] = view.toScreen(point[0] + 0.5, point[1] + 0.5);
      const dot = new Path2D();
      dot.arc(x, y, 9 * density, 0, 2 * Math.PI);
      context.fillStyle = colour;
      context.fill(dot);
      line(2, "white");
      context.stroke(dot);
      context.fillStyle = "white";
      context.font = `600 ${11 * density}px system-ui, sans-serif`;
      context.textAlign = "center";
      context.textBaseline = "middle";
      context.fillText(String(index + 1), x, y + 0.5 * density);
    });
  }
  if (scene.marking && crosshair) {
    const [x, y] = view.toScreen(crosshair[0], crosshair[1]);
    const cross = new Path2D();
    const reach = 14 * density;
    for (const [dx, dy] of [
      [reach, 0],
      [0, reach],
    ]) {
      cross.moveTo(x - dx, y - dy);
      cross.lineTo(x + dx, y + dy);
    }
    both(cross);
  }
}
