// The layer that draws areas on Leaflet's map: four canvases, so that each change draws only
// what it changes. Fills and points follow the values, lines and names follow the view, the top
// follows the pointer. Drawing 20,000 areas this way costs a fraction of 20,000 Leaflet polygons, and no
// Leaflet object per area has to be kept or restyled.

const LEAST_ROOM = 6; // pixels across: a point on a smaller area would hide its colour
const COVERED = 24; // a smaller area may lie beneath a name as a whole
const BESIDE = [[0, 0], [0, -13], [0, 13], [-22, 0], [22, 0], [0, -24], [0, 24], [-40, 0], [40, 0]]; // pixels
const MUTED = 0.68; // how far an area outside the filter fades into the ground

const AreaLayer = L.Renderer.extend({
  options: { padding: 0.15 },

  _initContainer() {
    this._container = L.DomUtil.create("div", "pbrt-areas");
    [this._fill, this._line, this._mark, this._top] = ["fill", "line", "mark", "top"].map((name) => {
      const canvas = L.DomUtil.create("canvas", `pbrt-${name}`, this._container);
      return canvas.getContext("2d");
    });
  },

  _destroyContainer() {
    this._container.remove();
  },

  // Leaflet's own would end between two pixels, and the browser would blur every line
  _reset() {
    this._update();
  },

  _update() {
    if (this._map._animatingZoom && this._bounds) return;
    L.Renderer.prototype._update.call(this);
    const { min, max } = this._bounds;
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    const view = [min.x, min.y, max.x, max.y, this._zoom, ratio, this._map.getPixelOrigin()].join();
    L.DomUtil.setPosition(this._container, min);
    if (view === this._drawn) return; // Leaflet reports one move several times
    this._drawn = view;
    this._size(max.x - min.x, max.y - min.y, ratio);
    this.draw();
  },

  _size(width, height, ratio) {
    this._ratio = ratio;
    for (const { canvas } of [this._fill, this._line, this._mark, this._top]) {
      if (canvas.width !== width * ratio) canvas.width = width * ratio;
      if (canvas.height !== height * ratio) canvas.height = height * ratio;
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    }
  },

  // scene: geometry, shades, shadeOf (per area), muted, converted, indicative, outlines, page, rapat
  show(scene) {
    this._scene = scene;
    this.draw();
  },

  draw() {
    this.drawFill();
    this.drawLines();
    this.drawMarks();
    this.drawTop();
  },

  // other values in the same view
  recolour() {
    this.drawFill();
    this.drawMarks();
  },

  // --- where things are -----------------------------------------------------------------------
  scale() {
    return 2 ** (this._zoom - BASE_ZOOM);
  },

  offset(geometry) {
    const pixelOrigin = this._map.getPixelOrigin();
    const scale = this.scale();
    return {
      x: geometry.origin.x * scale - pixelOrigin.x - this._bounds.min.x,
      y: geometry.origin.y * scale - pixelOrigin.y - this._bounds.min.y,
    };
  },

  // container point -> local units of the areas
  toLocal(point) {
    const { geometry } = this._scene;
    const layer = this._map.containerPointToLayerPoint(point).subtract(this._bounds.min);
    const offset = this.offset(geometry);
    return { x: (layer.x - offset.x) / this.scale(), y: (layer.y - offset.y) / this.scale() };
  },

  toContainer(x, y) {
    const offset = this.offset(this._scene.geometry);
    const layer = L.point(x * this.scale() + offset.x, y * this.scale() + offset.y);
    return this._map.layerPointToContainerPoint(layer.add(this._bounds.min));
  },

  areaAt(point) {
    if (!this._scene) return -1;
    const { x, y } = this.toLocal(point);
    return areaAt(this._scene.geometry, x, y, 1 / this.scale());
  },

  _clear(ctx, geometry) {
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.globalAlpha = 1;
    ctx.setLineDash([]);
    ctx.clearRect(0, 0, ctx.canvas.width, ctx.canvas.height);
    if (geometry) this._place(ctx, geometry);
  },

  _place(ctx, geometry) {
    const [scale, offset, ratio] = [this.scale() * this._ratio, this.offset(geometry), this._ratio];
    ctx.setTransform(scale, 0, 0, scale, offset.x * ratio, offset.y * ratio);
    ctx.lineJoin = "round";
  },

  _visible(geometry) {
    const [scale, offset] = [this.scale(), this.offset(geometry)];
    const size = this._bounds.getSize();
    const [left, top] = [-offset.x / scale, -offset.y / scale];
    const [right, bottom] = [(size.x - offset.x) / scale, (size.y - offset.y) / scale];
    const { boxes, count } = geometry;
    const seen = [];
    for (let k = 0; k < count; k++) {
      const i = 4 * k;
      const inside = boxes[i] <= right && boxes[i + 2] >= left;
      if (inside && boxes[i + 1] <= bottom && boxes[i + 3] >= top) seen.push(k);
    }
    return seen;
  },

  // --- fills: what the values change ----------------------------------------------------------
  drawFill() {
    const ctx = this._fill;
    const scene = this._scene;
    this._clear(ctx, scene?.geometry);
    if (!scene || !this._map) return;
    const seen = this._visible(scene.geometry);
    const groups = scene.shades.map(() => []);
    const muted = [];
    for (const k of seen) {
      groups[scene.shadeOf[k]].push(k);
      if (scene.muted?.[k]) muted.push(k);
    }
    if (seen.length > MANY) this._fillMany(ctx, scene, seen);
    else groups.forEach((group, i) => this._paint(ctx, scene.geometry, group, scene.shades[i].fill));
    groups.forEach((group, i) => this._markGroup(ctx, scene, group, scene.shades[i]));
    if (seen.length > MANY) return;
    ctx.globalAlpha = MUTED;
    this._paint(ctx, scene.geometry, muted, scene.page.ground);
    ctx.globalAlpha = 1;
  },

  _fillMany(ctx, scene, seen) {
    const view = `${this._drawn} ${ctx.canvas.width}`;
    if (this._numbersOf !== scene.geometry || this._numbersFor !== view) {
      this._numbers = numberPicture(this, scene.geometry, seen);
      [this._numbersOf, this._numbersFor] = [scene.geometry, view];
    }
    colourPicture(ctx, this._numbers, scene);
  },

  _markGroup(ctx, scene, group, shade) {
    if (!group.length) return;
    if (shade.mark === "dashed") {
      const pixel = 1 / this.scale();
      ctx.strokeStyle = shade.ink;
      ctx.lineWidth = 2.4 * pixel;
      ctx.setLineDash([5 * pixel, 4 * pixel]);
      for (const k of group) ctx.stroke(scene.geometry.paths[k]);
      ctx.setLineDash([]);
    } else if (shade.mark) {
      const pattern = markPattern(ctx, shade, this._ratio);
      const fixed = 1 / (this.scale() * this._ratio); // marks keep their size at every zoom
      pattern.setTransform(new DOMMatrix().scale(fixed, fixed));
      this._paint(ctx, scene.geometry, group, pattern);
    }
  },

  _paint(ctx, geometry, group, style) {
    ctx.fillStyle = style;
    for (const k of group) ctx.fill(geometry.paths[k], "evenodd");
  },

  // --- lines and names: what the view changes -------------------------------------------------
  drawLines() {
    const ctx = this._line;
    const scene = this._scene;
    this._clear(ctx, scene?.geometry);
    if (!scene || !this._map) return;
    const pixel = 1 / this.scale();
    const seen = this._visible(scene.geometry);
    const bold = scene.rapat ? 1.5 : 1;
    ctx.strokeStyle = scene.page.border;
    ctx.globalAlpha = 0.55;
    ctx.lineWidth = 0.6 * bold * pixel;
    this._strokeLarge(ctx, scene.geometry, seen, 6 * pixel);
    if (scene.indicative) this._dash(ctx, scene, seen.filter((k) => scene.indicative[k]), bold * pixel);
    scene.outlines.forEach((outline, i) => {
      this._place(ctx, outline);
      ctx.strokeStyle = scene.page.outline;
      ctx.globalAlpha = 0.9;
      ctx.lineWidth = (i + 1 === scene.outlines.length ? 1.7 : 0.9) * bold * pixel;
      this._strokeLarge(ctx, outline, this._visible(outline), 12 * pixel);
    });
    this._names = drawNames(this, ctx, scene, seen);
  },

  // Neighbours share a line, and two dashed lines upon each other make a whole one: so each area
  // first clears its line with a plain one, and the dashes of the last area stay.
  _dash(ctx, scene, areas, pixel) {
    const { fill, ink } = scene.marks.indicative;
    ctx.globalAlpha = 1;
    for (const k of areas) {
      ctx.lineWidth = 2 * pixel;
      ctx.strokeStyle = fill;
      this._strokeLarge(ctx, scene.geometry, [k], 9 * pixel);
      ctx.lineWidth = 1.3 * pixel;
      ctx.strokeStyle = ink;
      ctx.setLineDash([5 * pixel, 3.5 * pixel]);
      this._strokeLarge(ctx, scene.geometry, [k], 9 * pixel);
      ctx.setLineDash([]);
    }
  },

  // a line around a few pixels would hide their colour
  _strokeLarge(ctx, geometry, areas, least) {
    const { boxes, paths } = geometry;
    for (const k of areas) {
      const i = 4 * k;
      const side = Math.max(boxes[i + 2] - boxes[i], boxes[i + 3] - boxes[i + 1]);
      if (side > least) ctx.stroke(paths[k]);
    }
  },

  // --- points: numbers that were converted ----------------------------------------------------
  drawMarks() {
    const ctx = this._mark;
    const scene = this._scene;
    if (!scene?.converted && !this._marked) return;
    this._clear(ctx);
    this._marked = Boolean(scene?.converted);
    if (!this._marked || !this._map) return;
    ctx.setTransform(this._ratio, 0, 0, this._ratio, 0, 0);
    const points = this._visible(scene.geometry).filter((k) => scene.converted[k]).map((k) => this._point(scene, k));
    const { fill, ink } = scene.marks.converted;
    for (const [colour, more] of [[fill, 1.3], [ink, 0]]) {
      for (const muted of [false, true]) {
        ctx.globalAlpha = muted ? 1 - MUTED : 1;
        ctx.fillStyle = colour;
        ctx.beginPath();
        for (const p of points) if (p && p.muted === muted) drawPoint(ctx, p.x, p.y, p.radius + more);
        ctx.fill();
      }
    }
  },

  // beside the names, where the area has room for that; nothing on an area of a few pixels
  _point(scene, k) {
    const { points, boxes, paths } = scene.geometry;
    const [scale, offset, bold] = [this.scale(), this.offset(scene.geometry), scene.rapat ? 1.5 : 1];
    const [x, y, wide] = points.subarray(3 * k, 3 * k + 3);
    const room = Math.min(wide, boxes[4 * k + 3] - boxes[4 * k + 1]) * scale;
    if (room < LEAST_ROOM) return null;
    const radius = bold * Math.min(3.2, Math.max(1.7, room / 6));
    const at = ([dx, dy]) => [x * scale + offset.x + dx * bold, y * scale + offset.y + dy * bold];
    const free = BESIDE.find(([dx, dy]) => {
      const [px, py] = at([dx, dy]);
      const named = this._names.some((b) => b[0] < px + radius && b[2] > px - radius && b[1] < py + radius && b[3] > py - radius);
      return !named && scratch.isPointInPath(paths[k], x + (dx * bold) / scale, y + (dy * bold) / scale, "evenodd");
    });
    if (!free && room < COVERED) return null; // a point within a word would be read as a letter
    const [px, py] = at(free ?? BESIDE[0]);
    return { x: px, y: py, radius, muted: Boolean(scene.muted?.[k]) };
  },

  // --- the top: selected and pointed at -------------------------------------------------------
  drawTop() {
    const ctx = this._top;
    const scene = this._scene;
    this._clear(ctx, scene?.geometry);
    if (!scene || !this._map) return;
    if (this.hovered >= 0) this._ring(ctx, scene, this.hovered, scene.page.outline, 2);
    if (this.selected >= 0) this._ring(ctx, scene, this.selected, scene.page.select, 3.5);
  },

  _ring(ctx, scene, k, colour, width) {
    const path = scene.geometry.paths[k];
    const pixel = (scene.rapat ? 1.4 : 1) / this.scale();
    for (const [style, size] of [[scene.page.select_halo, width + 2.5], [colour, width]]) {
      ctx.strokeStyle = style;
      ctx.lineWidth = size * pixel;
      ctx.stroke(path);
    }
  },
});

function drawPoint(ctx, x, y, radius) {
  ctx.moveTo(x + radius, y);
  ctx.arc(x, y, radius, 0, 7);
}

const MARKS = {
  hatch: (c, s) => {
    c.lineWidth = s * 0.2;
    for (const d of [-s, 0, s]) { c.moveTo(d - 1, s + 1); c.lineTo(d + s + 1, -1); }
    c.stroke();
  },
  dots: (c, s) => {
    for (const [x, y] of [[0.25, 0.25], [0.75, 0.75]]) {
      c.moveTo(x * s, y * s); c.arc(x * s, y * s, s * 0.11, 0, 7);
    }
    c.fill();
  },
  rings: (c, s) => {
    c.lineWidth = s * 0.11;
    for (const [x, y] of [[0.25, 0.25], [0.75, 0.75]]) {
      c.moveTo((x + 0.15) * s, y * s); c.arc(x * s, y * s, s * 0.15, 0, 7);
    }
    c.stroke();
  },
  crosses: (c, s) => {
    c.lineWidth = s * 0.11;
    for (const [a, b] of [[0.2, 0.2], [0.2, -0.2]]) {
      c.moveTo((0.5 - a) * s, (0.5 - b) * s); c.lineTo((0.5 + a) * s, (0.5 + b) * s);
    }
    c.stroke();
  },
  minus: (c, s) => {
    c.lineWidth = s * 0.13;
    for (const [x, y] of [[0.25, 0.25], [0.75, 0.75]]) {
      c.moveTo((x - 0.16) * s, y * s); c.lineTo((x + 0.16) * s, y * s);
    }
    c.stroke();
  },
};
const MARK_SIZES = { hatch: 7, dots: 9, rings: 13, crosses: 10, minus: 12 };

function markPattern(ctx, shade, ratio) {
  const size = Math.round(MARK_SIZES[shade.mark] * ratio);
  const tile = document.createElement("canvas");
  tile.width = tile.height = size;
  const c = tile.getContext("2d");
  c.strokeStyle = c.fillStyle = shade.ink;
  c.beginPath();
  MARKS[shade.mark](c, size);
  return ctx.createPattern(tile, "repeat");
}
