// Pointer, keyboard, wheel, messages of the page, and the maps beside this one.

function listen(areaMap) {
  const { map, layer } = areaMap;
  const container = map.getContainer();
  const at = (e) => (areaMap.scene ? layer.areaAt(e.containerPoint) : -1);
  let last = { k: -2, time: 0 };

  map.on("mousemove", (e) => areaMap.point(at(e), e.containerPoint));
  map.on("mouseout movestart zoomstart", () => areaMap.point(-1));
  map.on("dragstart zoomstart", () => (areaMap.moved ||= areaMap.painted > 0 && !areaMap.fitting));
  map.on("click", (e) => {
    const k = at(e);
    const twice = k === last.k && Date.now() - last.time < 400; // a double click zooms
    last = { k, time: Date.now() };
    if (twice || !areaMap.scene || (k < 0 && layer.selected < 0)) return;
    areaMap.choose(k);
    areaMap.point(k, e.containerPoint);
  });

  container.addEventListener("pointerdown", () => container.classList.remove("pbrt-keys"));
  container.addEventListener("keydown", (e) => {
    container.classList.add("pbrt-keys");
    if (e.target !== container || !areaMap.scene) return;
    const middle = map.getSize().divideBy(2);
    if (e.key === "Enter" || e.key === " ") areaMap.choose(layer.areaAt(middle));
    else if (e.key === "Escape") areaMap.choose(-1);
    else return;
    e.preventDefault();
  });
  map.on("moveend", () => {
    if (!areaMap.scene || !container.matches(".pbrt-keys:focus")) return;
    layer._update(); // Leaflet tells it of another zoom only after us
    const middle = map.getSize().divideBy(2);
    const k = layer.areaAt(middle);
    areaMap.point(k, middle);
    areaMap.tooltip.say(k < 0 ? [] : areaMap.linesOf(k));
  });

  // The wheel and a finger scroll the page until the map has been clicked or focused; with Ctrl
  // the wheel zooms at once. Otherwise nobody gets past the map to the table beneath it.
  const use = (active) => {
    map.scrollWheelZoom[active ? "enable" : "disable"]();
    if (L.Browser.mobile) map.dragging[active ? "enable" : "disable"]();
  };
  use(false);
  container.addEventListener("focus", () => use(true));
  window.addEventListener("keyup", (e) => {
    if (e.key === "Tab" && document.activeElement === container) container.classList.add("pbrt-keys");
  });
  container.addEventListener("blur", () => { use(false); areaMap.point(-1); });
  container.addEventListener(
    "wheel",
    (e) => use(e.ctrlKey || e.metaKey || document.activeElement === container),
    { capture: true, passive: true },
  );

  // Streamlit's message about the theme also replaces its style element; the old ones pile up
  window.addEventListener("message", (e) => {
    if (e.data?.type !== "streamlit:render") return;
    setTimeout(() => {
      const styles = [...document.head.querySelectorAll("style")];
      const themes = styles.filter((style) => style.textContent.includes("--primary-color:"));
      themes.slice(0, -1).forEach((style) => style.remove());
      areaMap.rethemed();
    });
  });
}

// --- a tall screen gets a taller map ------------------------------------------------------------
const USUAL_SCREEN = 900; // pixels for which the heights of the pages are chosen
const LEAST_HEIGHT = 440; // an old projector has a smaller map, whole on its screen
const MOST_OF_SCREEN = 0.75;

function growWithScreen() {
  const { Streamlit } = window;
  if (!Streamlit) return () => {};
  const own = Streamlit.setFrameHeight;
  let asked = 0;
  Streamlit.setFrameHeight = (height) => {
    asked = height ?? asked;
    own(tall(asked));
  };
  return () => asked && own(tall(asked));
}

function tall(height) {
  let screen = USUAL_SCREEN;
  try {
    screen = window.parent.innerHeight;
  } catch { /* a page of another origin keeps its height to itself */ }
  const grown = Math.min((height * screen) / USUAL_SCREEN, screen * MOST_OF_SCREEN);
  return Math.round(Math.max(Math.min(height, LEAST_HEIGHT), grown));
}

// --- maps that move together: those of the same page that name the same group -------------------
function joinGroup(areaMap, name) {
  if (!name) return;
  let groups;
  try {
    groups = window.parent.pbrtMapGroups ??= {};
  } catch {
    return; // a page of another origin: the map stands alone
  }
  const members = (groups[name] ??= new Set());
  members.add(areaMap);
  window.addEventListener("pagehide", () => members.delete(areaMap));
  areaMap.map.on("move", () => {
    if (areaMap.following) return;
    for (const other of members) {
      if (other === areaMap || !other.scene) continue;
      other.following = true;
      const center = areaMap.map.getCenter();
      other.map.setView([center.lat, center.lng], areaMap.map.getZoom(), { animate: false });
      other.following = false;
    }
  });
}

// --- the view outlives a change of page, as long as the filter is the same ----------------------
const memory = (paint) => `pbrt-view-${paint.key}`;

function rememberView(areaMap) {
  const { current, map, moved } = areaMap;
  if (!current?.key || !moved) return;
  const view = { focus: current.focus, center: map.getCenter(), zoom: map.getZoom() };
  try {
    sessionStorage.setItem(memory(current), JSON.stringify(view));
  } catch { /* a browser that keeps nothing shows the whole area again */ }
}

function rememberedView(paint) {
  try {
    const view = JSON.parse(sessionStorage.getItem(memory(paint)));
    return paint.key && view?.focus === paint.focus ? view : null;
  } catch {
    return null;
  }
}

// --- what the page may call ---------------------------------------------------------------------
let only = null; // one map a page
let early = null; // values that came before the map was started

window.pbrtMap = {
  start(place) {
    const map = L.map(place, {
      center: [0, 0], zoom: 5, zoomSnap: 0.25, zoomDelta: 0.5, zoomControl: false, attributionControl: false,
    });
    only = new AreaMap(map);
    if (early) only.paint(early);
    // st_folium forgets what arrives while it loads scripts: ask for it once more
    window.Streamlit?.setComponentReady();
    return map;
  },
  paint(paint) {
    window.feature_group = []; // st_folium removes every layer it ever added, at each change
    if (only) only.paint(paint);
    else early = paint;
  },
  keep(address, compact) {
    geometries.set(address, Promise.resolve(prepareGeometry(compact)));
  },
  show(id) {
    const k = only?.geometry.index.get(id);
    if (k !== undefined) only.map.fitBounds(only.bounds([[k, k + 1]]), { maxZoom: 17 });
  },
  // for tests: what is painted, and where an area is on the screen
  look(id) {
    if (!only?.scene) return { painted: 0 };
    const { geometry, layer, map } = only;
    const k = geometry.index.get(id) ?? -1;
    const [x, y] = geometry.points.subarray(3 * Math.max(k, 0), 3 * Math.max(k, 0) + 2);
    const point = layer.toContainer(x, y);
    return {
      painted: only.painted, count: geometry.count, zoom: map.getZoom(), center: map.getCenter(),
      title: only.current.title, counts: only.counts, selected: geometry.ids[layer.selected] ?? null,
      theme: only.themed, x: point.x, y: point.y, lines: k < 0 ? [] : only.linesOf(k),
    };
  },
};
