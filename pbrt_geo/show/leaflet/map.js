// The map itself: `start` once for each page, `paint` for each change of what is shown. A change
// of indicator, year, level or class method arrives as a small object and never rebuilds the map.

const geometries = new Map(); // address -> promise of prepared areas
const MOST_KEPT = 8;
const SMALLEST = 80; // pixels: no map is shown smaller

// map files lie beside this script, wherever that is served
const HERE = document.currentScript?.src || document.baseURI;

function geometryAt(address) {
  if (!geometries.has(address)) {
    const loading = fetch(new URL(address, HERE))
      .then((response) => (response.ok ? response.json() : Promise.reject(Error(response.status))))
      .then(prepareGeometry);
    loading.catch(() => geometries.delete(address));
    geometries.set(address, loading);
    if (geometries.size > MOST_KEPT) geometries.delete(geometries.keys().next().value);
  }
  return geometries.get(address);
}

// Numbers of all areas, packed as one integer each: the remainder by the first size is the first
// field, and so on. Field code 0 is "no number".
function unpack(paint) {
  const places = {};
  for (const pack of paint.packs) {
    let factor = 1;
    for (const [name, size, low, scale] of pack.fields) {
      places[name] = { pack, factor, size, low, scale };
      factor *= size;
    }
  }
  paint.has = (name) => name in places;
  paint.scale = (name) => places[name].scale;
  paint.read = (name, k) => {
    const { pack, factor, size, low, scale } = places[name];
    let packed = 0;
    for (let i = 0; i < pack.width; i++) {
      packed = packed * DIGITS.length + DIGIT_VALUES[pack.text.charCodeAt(k * pack.width + i)];
    }
    const code = Math.floor(packed / factor) % size;
    return code === 0 ? null : (code - 1 + low) / scale;
  };
  return paint;
}

const DIGIT_VALUES = new Uint8Array(128);
[...DIGITS].forEach((digit, value) => (DIGIT_VALUES[digit.charCodeAt(0)] = value));

class AreaMap {
  constructor(map) {
    this.map = map;
    this.frame = map.getContainer().parentNode;
    this.frame.classList.add("pbrt-frame");
    this.painted = 0;
    this.asked = 0;
    this.layer = new AreaLayer();
    this.layer.hovered = this.layer.selected = -1;
    this.tooltip = new Tooltip(map.getContainer());
    this.legend = new Legend(this.frame);
    this.note = element("div", "pbrt-note");
    map.getContainer().append(this.note);
    this.addControls();
    this.grow = growWithScreen();
    listen(this);
    new ResizeObserver(() => this.resized()).observe(map.getContainer());
  }

  addControls() {
    this.zoom = L.control.zoom({ position: "topleft" }).addTo(this.map);
    this.reset = L.DomUtil.create("a", "pbrt-reset", this.zoom.getContainer());
    Object.assign(this.reset, { href: "#", role: "button" });
    this.reset.append(element("span", "", "⤢"));
    L.DomEvent.disableClickPropagation(this.reset);
    L.DomEvent.on(this.reset, "click", (e) => { L.DomEvent.preventDefault(e); this.fit(true); });
  }

  async paint(paint) {
    const turn = ++this.asked;
    const words = WORDS[paint.language];
    unpack(paint);
    const wait = setTimeout(() => this.tell(words.loading), 250);
    try {
      const addresses = [paint.geometry, ...paint.outlines];
      const ready = addresses.map((a) => this.ready?.get(a));
      // what is at hand is drawn in this very turn of the event loop, not the next
      const [geometry, ...outlines] = ready.every(Boolean)
        ? ready
        : await Promise.all(addresses.map(geometryAt));
      if (turn !== this.asked) return;
      this.ready = new Map(addresses.map((a, i) => [a, [geometry, ...outlines][i]]));
      this.show(paint, geometry, outlines, words);
      this.tell("");
    } catch (error) {
      console.error(error);
      if (turn === this.asked) this.tell(words.failed);
    } finally {
      clearTimeout(wait);
    }
  }

  show(paint, geometry, outlines, words) {
    const first = !this.scene;
    if (!first && this.showsAlready(paint, geometry)) return this.mark(paint);
    const sameView = this.geometry === geometry && this.viewKey === viewKey(paint);
    const theme = this.theme(paint);
    Object.assign(this, { current: paint, geometry, words, viewKey: viewKey(paint), themed: theme });
    this.scene = this.sceneOf(paint, geometry, outlines, theme);
    this.layer._scene = this.scene;
    this.layer.hovered = -1;
    this.tooltip.hide();
    this.nameThings(paint, words);
    this.legend.show(paint, this.scene, this.counts, this.marked, words);
    if (first || this.focus !== paint.focus) this.begin(paint, first);
    else if (sameView) this.layer.recolour();
    else this.layer.draw();
    this.mark(paint);
  }

  // after a click only the selected area is another
  showsAlready(paint, geometry) {
    const { selected, ...rest } = paint;
    const { selected: before, ...known } = this.current;
    if (geometry !== this.geometry || this.theme(paint) !== this.themed) return false;
    return JSON.stringify(rest) === JSON.stringify(known);
  }

  mark(paint) {
    this.current = paint;
    this.layer.selected = this.geometry.index.get(paint.selected) ?? -1;
    this.layer.drawTop();
    this.keepSelectedInView();
    this.painted++;
  }

  sceneOf(paint, geometry, outlines, theme) {
    const palette = PALETTES[theme];
    const changes = paint.ways ? palette.ways : palette.change;
    const classes = paint.change ? changes : palette.classes[Math.max(1, paint.classes.length)];
    const shades = [...STATES.map((state) => palette.nothings[state]), ...classes];
    const shadeOf = new Uint8Array(geometry.count);
    this.counts = shades.map(() => 0);
    const muted = paint.inside && new Uint8Array(geometry.count).fill(1);
    for (const [from, to] of paint.inside ?? []) muted.fill(0, from, to);
    for (let k = 0; k < geometry.count; k++) {
      shadeOf[k] = paint.read("state", k);
      if (!muted?.[k]) this.counts[shadeOf[k]]++;
    }
    const marked = {
      converted: paint.has("evidence") && flags(geometry.count, (k) => paint.read("evidence", k) !== null),
      indicative: paint.indicative && flagRanges(geometry.count, paint.indicative),
    };
    this.marked = Object.fromEntries(Object.entries(marked).map(([name, set]) => [
      name, set ? set.reduce((n, flag, k) => n + (flag && !muted?.[k]), 0) : 0,
    ]));
    const { page, marks } = palette;
    return { geometry, outlines, shades, shadeOf, muted, ...marked, marks, page, rapat: paint.rapat };
  }

  nameThings(paint, words) {
    const title = words.name.replace("{title}", () => `${paint.title}, ${paint.period}`);
    const container = this.map.getContainer();
    container.setAttribute("role", "application");
    container.setAttribute("aria-label", `${title}. ${words.keys}`);
    for (const [name, word] of [["in", words.zoom_in], ["out", words.zoom_out]]) {
      const button = this.zoom.getContainer().querySelector(`.leaflet-control-zoom-${name}`);
      Object.assign(button, { title: word, ariaLabel: word });
    }
    Object.assign(this.reset, { title: words.reset, ariaLabel: words.reset });
    document.documentElement.lang = paint.language;
    document.title = title;
    this.frame.classList.toggle("pbrt-rapat", Boolean(paint.rapat));
    this.frame.classList.toggle("pbrt-dark", this.themed === "dark");
    container.style.backgroundColor = this.scene.page.ground;
    try {
      if (window.frameElement) window.frameElement.title = title;
    } catch { /* inside a page of another origin there is no frame to name */ }
  }

  theme(paint) {
    if (paint.theme) return paint.theme;
    const colour = getComputedStyle(document.body).backgroundColor.match(/[\d.]+/g)?.map(Number);
    if (!colour || colour[3] === 0) return "light";
    return 0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2] < 110 ? "dark" : "light";
  }

  // the page changed from light to dark, or back, without new values
  rethemed() {
    if (this.current && this.theme(this.current) !== this.themed) {
      this.show(this.current, this.geometry, this.scene.outlines, this.words);
      this.layer.draw();
    }
  }

  tell(text) {
    this.note.textContent = text;
    this.note.hidden = !text;
  }

  // --- view -----------------------------------------------------------------------------------
  begin(paint, first) {
    this.focus = paint.focus;
    this.fit(!first, first ? rememberedView(paint) : null);
    if (!first) return;
    this.map.addLayer(this.layer);
    L.control.scale({ imperial: false, position: "bottomleft" }).addTo(this.map);
    joinGroup(this, paint.sync);
    this.map.on("moveend", () => rememberView(this));
  }

  bounds(ranges) {
    const box = unionOf(this.geometry, ranges ?? [[0, this.geometry.count]]);
    const { origin } = this.geometry;
    const point = (x, y) =>
      this.map.unproject(L.point(x + origin.x, y + origin.y), BASE_ZOOM);
    return box[0] <= box[2] ? L.latLngBounds(point(box[0], box[1]), point(box[2], box[3])) : null;
  }

  fit(animate, view = null) {
    const all = this.bounds();
    const wanted = this.bounds(this.current.inside) ?? all;
    if (!wanted) return;
    const { clientWidth, clientHeight } = this.map.getContainer();
    this.fitted = !view;
    // a frame that is not laid out yet has no size to fit into; `resized` comes back to it
    if (!view && Math.min(clientWidth, clientHeight) < SMALLEST) return;
    this.fitting = true;
    const beside = clientWidth > 640 ? this.legend.box.offsetWidth + 12 : 0;
    const options = { paddingTopLeft: [beside && 44, 12], paddingBottomRight: [beside, 12], maxZoom: 16, animate };
    this.map.options.minZoom = 0; // set after the view: Leaflet would start an animation to reach it
    if (view) this.map.setView(view.center, view.zoom, { animate: false });
    else this.map.fitBounds(wanted, options);
    this.map.setMinZoom(Math.min(this.map.getBoundsZoom(all) - 1, this.map.getZoom()));
    this.fitting = false;
  }

  resized() {
    this.grow();
    if (!this.geometry) return;
    const untouched = this.fitted && !this.moved;
    this.map.invalidateSize({ animate: false, pan: !untouched });
    if (untouched) this.fit(false);
  }

  keepSelectedInView() {
    const k = this.layer.selected;
    if (k < 0 || this.chosen === this.geometry.ids[k]) return; // chosen here: already seen
    this.chosen = this.geometry.ids[k];
    const range = this.bounds([[k, k + 1]]);
    if (range && !this.map.getBounds().contains(range.getCenter())) this.map.panTo(range.getCenter());
  }

  // --- choosing -------------------------------------------------------------------------------
  choose(k) {
    const id = k < 0 ? null : this.geometry.ids[k];
    this.chosen = id;
    this.layer.selected = k;
    this.layer.drawTop(); // at once: the answer of the server follows
    window.Streamlit?.setComponentValue({ area: id, at: Date.now() });
  }

  point(k, where) {
    if (k !== this.layer.hovered) {
      this.layer.hovered = k;
      this.layer.drawTop();
    }
    this.map.getContainer().classList.toggle("pbrt-over", k >= 0);
    if (k < 0) this.tooltip.hide();
    else this.tooltip.show(this.linesOf(k), where);
  }

  linesOf(k) {
    return describe(this.geometry, this.current, this.words, k, this.scene.indicative?.[k]);
  }
}

const viewKey = (paint) => [paint.outlines, paint.rapat, paint.theme, paint.indicative].join("|");

const flags = (n, is) => Uint8Array.from({ length: n }, (_, k) => is(k));

function flagRanges(n, ranges) {
  const set = new Uint8Array(n);
  for (const [from, to] of ranges) set.fill(1, from, to);
  return set;
}
