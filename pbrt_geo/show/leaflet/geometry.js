// Areas as the canvas wants them: one path each, a grid to find them by, a point for the name.
// Names leave this file as plain text and are only ever drawn or set as textContent.

const BASE_ZOOM = 12; // one local unit is one pixel at this zoom
const WORLD = 256 * 2 ** BASE_ZOOM;
const SMALL_PIXELS = 14; // areas smaller than this on screen can be hit from beside them

const projectX = (lon) => ((lon + 180) / 360) * WORLD;
const projectY = (lat) =>
  (0.5 - Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI)) * WORLD;

// on the map "RT 03" is enough of "RT 03 DUSUN I"
const shortName = (name) => name.match(/^RT\s*\d+\b/i)?.[0] ?? name;

// compact: ids, names, parents, and per area its rings as steps of 1 / per_degree
function prepareGeometry(compact) {
  const n = compact.ids.length;
  const made = {
    count: n,
    ids: compact.ids,
    names: compact.names,
    parents: compact.parents,
    short: compact.names.map(shortName),
    index: new Map(compact.ids.map((id, k) => [id, k])),
    paths: new Array(n),
    rings: n > MANY ? new Array(n) : null, // for the picture of numbers only
    boxes: new Float64Array(4 * n), // left, top, right, bottom
    points: new Float64Array(3 * n), // x, y, width of the widest run inside
    origin: originOf(compact),
  };
  compact.rings.forEach((rings, k) => addArea(made, k, rings, compact.per_degree));
  made.box = unionOf(made, [[0, n]]);
  made.grid = gridOf(made);
  return made;
}

// paths are kept relative to a point amid the areas: canvas coordinates have 24 bits only
function originOf({ rings, per_degree: degree }) {
  const first = rings.find((own) => own.length)?.[0] ?? [0, 0];
  return { x: Math.round(projectX(first[0] / degree)), y: Math.round(projectY(first[1] / degree)) };
}

function addArea(made, k, rings, degree) {
  const path = new Path2D();
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  let widest = [0, 0, -1];
  if (made.rings) made.rings[k] = [];
  for (const steps of rings) {
    const local = new Float64Array(steps.length + 2);
    const own = [Infinity, Infinity, -Infinity, -Infinity];
    for (let i = 0, lon = 0, lat = 0; i < steps.length; i += 2) {
      const x = (local[i] = projectX((lon += steps[i]) / degree) - made.origin.x);
      const y = (local[i + 1] = projectY((lat += steps[i + 1]) / degree) - made.origin.y);
      if (i) path.lineTo(x, y);
      else path.moveTo(x, y);
      grow(own, x, y, x, y);
    }
    path.closePath();
    local.set(local.subarray(0, 2), steps.length); // closed, for the runs
    made.rings?.[k].push(Float32Array.from(local));
    grow(box, ...own);
    const run = widestRun(local, own);
    if (run[2] > widest[2]) widest = run;
  }
  made.paths[k] = path;
  made.boxes.set(box, 4 * k);
  made.points.set(widest, 3 * k);
}

function grow(box, left, top, right, bottom) {
  if (left < box[0]) box[0] = left;
  if (top < box[1]) box[1] = top;
  if (right > box[2]) box[2] = right;
  if (bottom > box[3]) box[3] = bottom;
}

// the middle of the widest horizontal run through a ring: always inside, and wide enough to write in
function widestRun(ring, box) {
  let best = [0, 0, -1];
  for (const share of [0.5, 0.38, 0.62, 0.26, 0.74]) {
    const y = box[1] + share * (box[3] - box[1]);
    const cuts = [];
    for (let i = 0; i + 3 < ring.length; i += 2) {
      const [x1, y1, x2, y2] = [ring[i], ring[i + 1], ring[i + 2], ring[i + 3]];
      if (y1 > y !== y2 > y) cuts.push(x1 + ((y - y1) / (y2 - y1)) * (x2 - x1));
    }
    cuts.sort((a, b) => a - b);
    for (let i = 0; i + 1 < cuts.length; i += 2) {
      const width = cuts[i + 1] - cuts[i];
      if (width > best[2] * 1.05) best = [(cuts[i] + cuts[i + 1]) / 2, y, width];
    }
  }
  return best;
}

function unionOf(made, ranges) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [from, to] of ranges) {
    for (let k = from; k < to; k++) grow(box, ...made.boxes.subarray(4 * k, 4 * k + 4));
  }
  return box;
}

// which areas touch which cell of a square grid, as one list with starts
function gridOf(made) {
  const [left, top, right, bottom] = made.box;
  const side = Math.max(1, Math.ceil(Math.sqrt(made.count)));
  const grid = { left, top, side, step: Math.max(right - left, bottom - top, 1e-9) / side };
  const counts = new Int32Array(side * side + 1);
  const visit = (each) => {
    for (let k = 0; k < made.count; k++) {
      eachCell(grid, ...made.boxes.subarray(4 * k, 4 * k + 4), (cell) => each(cell, k));
    }
  };
  visit((cell) => counts[cell + 1]++);
  for (let cell = 0; cell < side * side; cell++) counts[cell + 1] += counts[cell];
  grid.starts = counts.slice();
  grid.areas = new Int32Array(counts[side * side]);
  visit((cell, k) => (grid.areas[counts[cell]++] = k));
  return grid;
}

function eachCell(grid, left, top, right, bottom, each) {
  const at = (value, start) =>
    Math.min(grid.side - 1, Math.max(0, Math.floor((value - start) / grid.step)));
  for (let row = at(top, grid.top); row <= at(bottom, grid.top); row++) {
    for (let column = at(left, grid.left); column <= at(right, grid.left); column++) {
      each(row * grid.side + column);
    }
  }
}

const scratch = document.createElement("canvas").getContext("2d");

// The area under a point, in local units. A small area wins over the large one around it when the
// pointer is within `reach` of it: an RT of a few houses must be possible to choose.
function areaAt(made, x, y, pixel, reach = 7) {
  const near = reach * pixel;
  let hit = -1;
  let small = -1;
  let nearest = Infinity;
  const seen = new Set();
  eachCell(made.grid, x - near, y - near, x + near, y + near, (cell) => {
    for (let i = made.grid.starts[cell]; i < made.grid.starts[cell + 1]; i++) {
      const k = made.grid.areas[i];
      if (seen.has(k)) continue;
      seen.add(k);
      const [left, top, right, bottom] = made.boxes.subarray(4 * k, 4 * k + 4);
      const away = Math.hypot(Math.max(left - x, 0, x - right), Math.max(top - y, 0, y - bottom));
      if (away > near) continue;
      const inside = away === 0 && scratch.isPointInPath(made.paths[k], x, y, "evenodd");
      const tiny = Math.max(right - left, bottom - top) < SMALL_PIXELS * pixel;
      if (inside) hit = k;
      if (tiny && (inside ? -1 : away) < nearest) [small, nearest] = [k, inside ? -1 : away];
    }
  });
  return small >= 0 ? small : hit;
}
