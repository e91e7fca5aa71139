// Very many areas. Filling 20,000 paths costs a tenth of a second at every change; so above
// `MANY` the view is drawn once as a picture of area numbers, and a change only looks up the
// colour of each pixel. Areas are then so small that smoothed edges would not be seen.

const MANY = 5000;

// the number of the area under each pixel, plus one; 0 where there is none
function numberPicture(layer, geometry, seen) {
  const { width, height } = layer._fill.canvas;
  const ratio = layer._ratio;
  const scale = layer.scale() * ratio;
  const offset = layer.offset(geometry);
  const numbers = new Uint32Array(width * height);
  const place = { scale, x: offset.x * ratio, y: offset.y * ratio, width, height };
  let flags = new Uint8Array(4096);
  for (const k of seen) {
    const [left, top, right, bottom] = pixelBox(geometry.boxes, k, place);
    const [columns, rows] = [right - left + 2, bottom - top + 1];
    if (columns < 2 || rows < 1) continue;
    if (flags.length < columns * rows) flags = new Uint8Array(2 * columns * rows);
    else flags.fill(0, 0, columns * rows);
    for (const ring of geometry.rings[k]) flagCrossings(ring, place, flags, left, top, columns, rows);
    if (!fillFlagged(numbers, flags, k + 1, width, left, top, columns, rows)) {
      dot(numbers, geometry.points, k, place); // smaller than a pixel, but there
    }
  }
  return numbers;
}

function pixelBox(boxes, k, { scale, x, y, width, height }) {
  return [
    Math.max(0, Math.floor(boxes[4 * k] * scale + x)),
    Math.max(0, Math.floor(boxes[4 * k + 1] * scale + y)),
    Math.min(width - 1, Math.ceil(boxes[4 * k + 2] * scale + x)),
    Math.min(height - 1, Math.ceil(boxes[4 * k + 3] * scale + y)),
  ];
}

// Where an edge passes the middle of a row, everything to its right changes between in and out.
function flagCrossings(ring, { scale, x, y }, flags, left, top, columns, rows) {
  for (let i = 0; i + 3 < ring.length; i += 2) {
    let [xa, ya, xb, yb] = [ring[i] * scale + x, ring[i + 1] * scale + y, ring[i + 2] * scale + x, ring[i + 3] * scale + y];
    if (ya > yb) [xa, ya, xb, yb] = [xb, yb, xa, ya];
    const last = Math.min(Math.ceil(yb - 0.5), top + rows);
    for (let row = Math.max(Math.ceil(ya - 0.5), top); row < last; row++) {
      const cut = xa + ((row + 0.5 - ya) / (yb - ya)) * (xb - xa);
      const column = Math.min(columns - 1, Math.max(0, Math.ceil(cut - 0.5) - left));
      flags[(row - top) * columns + column] ^= 1;
    }
  }
}

function fillFlagged(numbers, flags, number, width, left, top, columns, rows) {
  let filled = 0;
  for (let row = 0; row < rows; row++) {
    const start = (top + row) * width + left;
    for (let column = 0, inside = 0; column < columns - 1; column++) {
      inside ^= flags[row * columns + column];
      if (inside) {
        numbers[start + column] = number;
        filled++;
      }
    }
  }
  return filled;
}

function dot(numbers, points, k, { scale, x, y, width, height }) {
  const column = Math.floor(points[3 * k] * scale + x);
  const row = Math.floor(points[3 * k + 1] * scale + y);
  if (column >= 0 && column < width && row >= 0 && row < height) numbers[row * width + column] = k + 1;
}

function colourPicture(ctx, numbers, scene) {
  const picture = ctx.createImageData(ctx.canvas.width, ctx.canvas.height);
  const pixels = new Uint32Array(picture.data.buffer);
  const plain = scene.shades.map((shade) => packColour(shade.fill, scene.page.ground, 0));
  const muted = scene.shades.map((shade) => packColour(shade.fill, scene.page.ground, MUTED));
  const colours = new Uint32Array(scene.geometry.count + 1);
  scene.shadeOf.forEach((shade, k) => (colours[k + 1] = (scene.muted?.[k] ? muted : plain)[shade]));
  for (let i = 0; i < pixels.length; i++) pixels[i] = colours[numbers[i]];
  ctx.putImageData(picture, 0, 0);
}

// a colour mixed with the ground, as the four bytes of a pixel
function packColour(colour, ground, share) {
  const part = (text, i) => parseInt(text.slice(i, i + 2), 16);
  const bytes = [1, 3, 5].map((i) => Math.round(part(colour, i) * (1 - share) + part(ground, i) * share));
  return new Uint32Array(new Uint8ClampedArray([...bytes, 255]).buffer)[0];
}
