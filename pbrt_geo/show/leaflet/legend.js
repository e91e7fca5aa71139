// Legend and tooltip. Every word is set as textContent; nothing is ever parsed as HTML.

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function swatch(shade) {
  const ratio = Math.min(window.devicePixelRatio || 1, 2);
  const canvas = element("canvas", "pbrt-swatch");
  [canvas.width, canvas.height] = [30 * ratio, 18 * ratio];
  const ctx = canvas.getContext("2d");
  ctx.fillStyle = shade.fill;
  ctx.fillRect(0, 0, canvas.width, canvas.height);
  if (shade.mark === "dashed") {
    ctx.strokeStyle = shade.ink;
    ctx.lineWidth = 2.4 * ratio;
    ctx.setLineDash([5 * ratio, 4 * ratio]);
    ctx.strokeRect(2 * ratio, 2 * ratio, canvas.width - 4 * ratio, canvas.height - 4 * ratio);
  } else if (shade.mark) {
    ctx.fillStyle = markPattern(ctx, shade, ratio);
    ctx.fillRect(0, 0, canvas.width, canvas.height);
  }
  return canvas;
}

// a swatch without a shade: the mark lies over all of them
function markSwatch(mark) {
  const ratio = Math.min(window.devicePixelRatio || 1, 2);
  const canvas = element("canvas", "pbrt-swatch pbrt-bare");
  [canvas.width, canvas.height] = [30 * ratio, 18 * ratio];
  const ctx = canvas.getContext("2d");
  ctx.scale(ratio, ratio);
  if (mark.mark === "point") {
    for (const [colour, radius] of [[mark.fill, 5], [mark.ink, 3.7]]) {
      ctx.fillStyle = colour;
      ctx.beginPath();
      drawPoint(ctx, 15, 9, radius);
      ctx.fill();
    }
    return canvas;
  }
  for (const [colour, width, dashes] of [[mark.fill, 2.6, []], [mark.ink, 1.5, [5, 3.5]]]) {
    ctx.strokeStyle = colour;
    ctx.lineWidth = width;
    ctx.setLineDash(dashes);
    ctx.strokeRect(2, 2, 26, 14);
  }
  return canvas;
}

// The legend is a panel over the map; in a narrow frame CSS puts it beneath.
class Legend {
  constructor(frame) {
    this.box = element("details", "pbrt-legend");
    this.box.open = true;
    this.head = element("summary");
    this.list = element("ul");
    this.foot = element("p");
    this.box.append(this.head, this.list, this.foot);
    frame.append(this.box);
  }

  show(paint, { shades, marks }, counts, marked, words) {
    this.head.replaceChildren(element("strong", "", paint.title), element("span", "", paint.period));
    this.head.setAttribute("aria-label", `${words.legend}: ${paint.title} ${paint.period}`);
    const labels = [...STATES.map((state) => words[state]), ...paint.classes];
    const order = [...labels.keys()].slice(STATES.length).reverse();
    order.push(...STATES.keys());
    const isSaid = (i) => paint.hatched && STATES[i] === "withheld";
    const rows = order.filter((i) => i >= STATES.length || counts[i] || isSaid(i));
    this.list.replaceChildren(
      ...rows.map((i) => this.row(swatch(shades[i]), labels[i], counts[i], paint)),
      ...this.markRows(paint, marks, marked, words),
    );
    this.foot.textContent = [paint.explained, paint.missing, paint.invented && words.invented].filter(Boolean).join(" ");
    this.foot.hidden = !this.foot.textContent;
  }

  markRows(paint, marks, marked, words) {
    const labels = { converted: convertedText(paint.evidence ?? [], words), indicative: words.indicative };
    return Object.keys(labels).filter((name) => marked[name]).map((name) => {
      const item = this.row(markSwatch(marks[name]), labels[name], marked[name], paint);
      item.classList.add("pbrt-over-all");
      return item;
    });
  }

  row(picture, label, count, paint) {
    const item = element("li");
    item.append(picture, element("span", "pbrt-range", label));
    if (!paint.rapat) item.append(element("span", "pbrt-count", writeNumber(count, 0, paint.language)));
    return item;
  }
}

class Tooltip {
  constructor(container) {
    this.box = element("div", "pbrt-tooltip");
    this.box.hidden = true;
    this.live = element("div", "pbrt-live"); // read aloud while the map is used by keyboard
    this.live.setAttribute("aria-live", "polite");
    container.append(this.box, this.live);
    this.container = container;
  }

  show(lines, point) {
    const [first, ...rest] = lines.filter(Boolean);
    this.box.replaceChildren(element("strong", "", first), ...rest.map((line) => element("div", "", line)));
    this.box.hidden = false;
    const { clientWidth, clientHeight } = this.container;
    const { offsetWidth, offsetHeight } = this.box;
    const right = point.x + 16 + offsetWidth < clientWidth;
    const left = right ? point.x + 16 : Math.max(2, point.x - 16 - offsetWidth);
    const top = Math.min(Math.max(2, point.y - offsetHeight / 2), clientHeight - offsetHeight - 2);
    this.box.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }

  say(lines) {
    this.live.textContent = lines.filter(Boolean).join(". ");
  }

  hide() {
    this.box.hidden = true;
  }
}

// 1.234,5 in Indonesian, 1,234.5 in English
function writeNumber(value, decimals, language) {
  const [whole, part] = Math.abs(value).toFixed(decimals).split(".");
  const comma = language === "id";
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, comma ? "." : ",");
  const sign = value < 0 && Number(value.toFixed(decimals)) !== 0 ? "-" : "";
  return sign + grouped + (part ? (comma ? "," : ".") + part : "");
}

// about three digits: 4,25; 42,5; 425
const decimalsFor = (value) => (Math.abs(value) >= 100 || value === 0 ? 0 : Math.abs(value) >= 10 ? 1 : 2);

const percentSign = (language) => (language === "id" ? "\u00a0%" : "%");

// Python writes 1.25 % as 1,2 % (the even digit), toFixed as 1,3 %: of all numbers that end in 5
// only quarters are exact in binary, so only they differ.
function rateSteps(numerator, denominator) {
  const share = (numerator / denominator) * 100;
  return Math.round((share * 4) % 4 === 1 ? (share - 0.05) * 10 : Number(share.toFixed(1)) * 10);
}

function valueOf(paint, k) {
  if (paint.has("value")) return paint.read("value", k);
  return rateSteps(paint.read("numerator", k), paint.read("denominator", k));
}

function writeValue(hundredths, paint) {
  const { kind, language, unit } = paint;
  if (paint.change) return writeChange(hundredths, paint);
  if (kind === "rate") return writeNumber(hundredths / 10, 1, language) + percentSign(language);
  if (kind === "index") return writeNumber(hundredths / 1000, 3, language);
  const value = kind === "count" ? hundredths : hundredths / 100;
  const written = writeNumber(value, kind === "count" ? 0 : decimalsFor(value), language);
  return written + (unit ? `\u00a0${unit}` : "");
}

// a rate changes by percentage points
function writeChange(hundredths, paint) {
  const words = WORDS[paint.language];
  const written = writeValue(Math.abs(hundredths), { ...paint, change: false });
  const size = paint.kind === "rate" ? written.replace(/\s?%$/, ` ${words.points}`) : written;
  return (hundredths > 0 ? "+" : hundredths < 0 ? "\u2212" : "") + size;
}

// dikonversi (bukti: silsilah, daftar keluarga)
function convertedText(evidence, words) {
  return words.converted.replace("{evidence}", () => evidence.map((name) => words[`evidence_${name}`]).join(", "));
}

// What the tooltip says of one area. In presentations: its name and the name of its class only.
function describe(geometry, paint, words, k, indicative) {
  const lines = [geometry.names[k], geometry.parents[k], ...figureLines(paint, words, k)];
  const evidence = paint.has("evidence") ? paint.read("evidence", k) : null;
  if (evidence !== null) lines.push(`\u2022 ${convertedText([paint.evidence[evidence]], words)}`);
  if (indicative) lines.push(words.indicative);
  return lines;
}

function figureLines(paint, words, k) {
  const state = paint.read("state", k);
  if (state < STATES.length && STATES[state] !== "zero") return [words[STATES[state]]];
  const label = state < STATES.length ? words.zero : paint.classes[state - STATES.length];
  if (paint.told) return paint.told[paint.read("told", k)]; // a range, and of which date it is
  if (!paint.has("value") && !paint.has("denominator")) return [label];
  const lines = [writeValue(valueOf(paint, k), paint)];
  const fill = (name) => {
    const number = paint.has(name) ? paint.read(name, k) : null;
    if (number === null) return "–";
    const parts = paint.scale(name) === 10 ? 1 : decimalsFor(number); // tenths of people, or hundredths
    return writeNumber(number, Number.isInteger(number) ? 0 : parts, paint.language);
  };
  const note = paint.note.replace("{numerator}", () => fill("numerator"));
  lines.push(note.replace("{denominator}", () => fill("denominator")));
  const known = paint.has("known") ? paint.read("known", k) : 100;
  if (known !== null && known < 100) {
    lines.push(words.known.replace("{share}", () => known + percentSign(paint.language)));
  }
  return lines;
}
