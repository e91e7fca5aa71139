// Old and new boundaries on one map: what stayed is pale, what changed is filled by its kind, with
// the old outline dashed over it. Leaflet and the styles come from the script of the other maps.
// Names arrive as plain text and are only ever set as textContent.

(function () {
  const HERE = document.currentScript?.src || document.baseURI;
  const THEMES = {
    light: { ground: "#f4f6f6", new: "#37464d", pale: "#a9b4b8", fill: "#ffffff", old: "#b3126b" },
    dark: { ground: "#0e1417", new: "#dfe7ea", pale: "#56646a", fill: "#1d272b", old: "#ff7fc0" },
  };
  const loaded = new Map(); // address -> promise of areas

  const areasAt = (address) => {
    if (!loaded.has(address)) {
      const loading = fetch(new URL(address, HERE))
        .then((answer) => (answer.ok ? answer.json() : Promise.reject(Error(answer.status))))
        .then(decode);
      loading.catch(() => loaded.delete(address));
      loaded.set(address, loading);
    }
    return loaded.get(address);
  };

  function decode({ ids, names, rings, per_degree: degree }) {
    return ids.map((id, k) => ({ id, name: names[k], rings: rings[k].map((r) => points(r, degree)) }));
  }

  function points(steps, degree) {
    const found = [];
    for (let i = 0, lon = 0, lat = 0; i < steps.length; i += 2) {
      lon += steps[i];
      lat += steps[i + 1];
      found.push([lat / degree, lon / degree]);
    }
    return found;
  }

  const element = (tag, name, text = "") => {
    const made = document.createElement(tag);
    made.className = name;
    made.textContent = text;
    return made;
  };

  const isDark = () => {
    const colour = getComputedStyle(document.body).backgroundColor.match(/[\d.]+/g)?.map(Number);
    if (!colour || colour[3] === 0) return false;
    return 0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2] < 110;
  };

  class VintageMap {
    constructor(map) {
      this.map = map;
      this.frame = map.getContainer().parentNode;
      this.frame.classList.add("pbrt-frame");
      this.layers = L.layerGroup().addTo(map);
      this.legend = element("div", "pbrt-legend");
      this.frame.append(this.legend);
      L.control.scale({ imperial: false, position: "bottomleft" }).addTo(map);
      this.reset = L.DomUtil.create("a", "pbrt-reset", map.zoomControl.getContainer());
      Object.assign(this.reset, { href: "#", role: "button", textContent: "⤢" });
      L.DomEvent.disableClickPropagation(this.reset);
      L.DomEvent.on(this.reset, "click", (e) => { L.DomEvent.preventDefault(e); this.fit(""); });
      this.drawn = 0;
      window.addEventListener("message", (e) => {
        if (e.data?.type !== "streamlit:render") return;
        setTimeout(() => this.current && isDark() !== this.dark && this.draw(this.current));
      });
    }

    async show(content) {
      this.asked = content;
      const [before, after] = await Promise.all([content.old, content.new].map(areasAt));
      if (this.asked !== content) return;
      this.draw({ ...content, before, after });
      this.fit(content.selected);
    }

    draw(content) {
      const { before, after, kinds_old: old, kinds_new: fresh } = content;
      this.current = content;
      this.dark = isDark();
      this.theme = THEMES[this.dark ? "dark" : "light"];
      this.frame.classList.toggle("pbrt-dark", this.dark);
      this.frame.classList.toggle("pbrt-rapat", Boolean(content.rapat));
      this.map.getContainer().style.backgroundColor = this.theme.ground;
      this.name(content.title);
      this.layers.clearLayers();
      this.boxes = new Map(); // proposal -> bounds of its areas, old and new
      after.forEach((area) => this.add(area, fresh[area.id], false));
      before.forEach((area) => old[area.id] && this.add(area, old[area.id], true));
      this.showLegend(content);
      this.drawn++;
    }

    // `proposal` is the id of the proposal an area is part of, if it changed
    add(area, proposal, isOld) {
      const { theme, current } = this;
      const kind = current.proposals[proposal];
      const selected = proposal && proposal === current.selected;
      const style = isOld
        ? { color: theme.old, weight: selected ? 4 : 2.2, dashArray: "7 5", fill: true, fillOpacity: 0 }
        : {
            color: kind ? theme.new : theme.pale,
            weight: selected ? 3 : kind ? 1.6 : 0.8,
            fillColor: kind ? current.colours[kind] : theme.fill,
            fillOpacity: kind ? 0.62 : 0.85,
          };
      if (isOld && kind === "bubar") Object.assign(style, { fillColor: current.colours[kind], fillOpacity: 0.5 });
      const layer = L.polygon(area.rings, style);
      const about = element("div", "", area.name);
      about.append(element("div", "", kind ? current.words[kind] : current.words.unchanged));
      layer.bindTooltip(about, { sticky: true });
      if (kind) layer.on("click", (e) => { L.DomEvent.stop(e); this.choose(proposal); });
      this.layers.addLayer(layer);
      if (kind) {
        const box = this.boxes.get(proposal) ?? L.latLngBounds([]);
        this.boxes.set(proposal, box.extend(layer.getBounds()));
      }
    }

    name(title) {
      this.map.getContainer().setAttribute("aria-label", title);
      Object.assign(this.reset, { title: this.current.words.reset, ariaLabel: this.current.words.reset });
      document.documentElement.lang = this.current.language;
      document.title = title;
      try {
        if (window.frameElement) window.frameElement.title = title;
      } catch { /* inside a page of another origin there is no frame to name */ }
    }

    showLegend({ words, colours, counts }) {
      const list = element("ul", "");
      const row = (text, style) => {
        const line = element("li", "");
        const swatch = element("span", "pbrt-swatch");
        Object.assign(swatch.style, style);
        line.append(swatch, element("span", "pbrt-range", text));
        list.append(line);
      };
      row(words.old, { height: "0", border: "0", borderTop: `3px dashed ${this.theme.old}` });
      row(words.new, { height: "0", border: "0", borderTop: `2px solid ${this.theme.new}` });
      for (const [kind, count] of Object.entries(counts)) {
        row(`${words[kind]} (${count})`, { background: colours[kind], opacity: 0.75 });
      }
      row(words.unchanged, { background: this.theme.fill });
      this.legend.replaceChildren(list);
    }

    fit(selected) {
      const everything = this.layers.getLayers().reduce(
        (box, layer) => box.extend(layer.getBounds()), L.latLngBounds([]));
      const box = this.boxes.get(selected)?.pad(0.35) ?? everything;
      if (!box.isValid()) return;
      const wide = this.map.getContainer().clientWidth > 640;
      const beside = wide ? this.legend.offsetWidth + 12 : 0;
      this.map.invalidateSize({ animate: false });
      this.map.fitBounds(box, { paddingBottomRight: [beside, 12], maxZoom: 16, animate: false });
    }

    choose(proposal) {
      window.Streamlit?.setComponentValue({ area: proposal, at: Date.now() });
    }
  }

  let shown;
  window.vintageMap = {
    start(id) {
      const options = { zoomSnap: 0.25, zoomDelta: 0.5, preferCanvas: true, attributionControl: false };
      const map = L.map(id, { ...options, center: [0, 0], zoom: 5, scrollWheelZoom: false });
      map.getContainer().addEventListener("focus", () => map.scrollWheelZoom.enable());
      map.getContainer().addEventListener("blur", () => map.scrollWheelZoom.disable());
      shown = new VintageMap(map);
      return map;
    },
    show: (content) => shown.show(content),
    // what is shown, for tests: a proposal's place on the screen, how often was drawn
    look: (proposal) => {
      const at = shown.boxes?.get(proposal)?.getCenter();
      const { x, y } = at ? shown.map.latLngToContainerPoint(at) : { x: null, y: null };
      return { drawn: shown.drawn, x, y, zoom: shown.map.getZoom() };
    },
  };
})();
