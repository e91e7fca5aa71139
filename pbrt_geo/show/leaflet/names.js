// Names on the map. The larger area is written first; a name that would touch another, or that is
// much wider than its area, is left out until the reader zooms in.

const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif';
const MOST_NAMES = 400;

// returns where names stand, for the points that must not cover them
function drawNames(layer, ctx, scene, seen) {
  const taken = [];
  const bold = scene.rapat ? 1.45 : 1;
  const outer = scene.outlines.length - 1;
  ctx.setTransform(layer._ratio, 0, 0, layer._ratio, 0, 0);
  ctx.globalAlpha = 1;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.lineJoin = "round";
  for (let i = outer; i >= 0; i--) {
    const style = i === outer ? { size: 13 * bold, weight: 700, fit: 1.6 } : { size: 11.5 * bold, weight: 500, fit: 1.15 };
    const outline = scene.outlines[i];
    writeNames(layer, ctx, scene, outline, layer._visible(outline), style, taken);
  }
  if (seen.length <= MOST_NAMES) {
    const style = { size: (outer < 0 ? 13 : 11) * bold, weight: outer < 0 ? 600 : 400, fit: outer < 0 ? 1.4 : 1 };
    writeNames(layer, ctx, scene, scene.geometry, seen, style, taken);
  }
  return taken;
}

function writeNames(layer, ctx, scene, geometry, areas, style, taken) {
  const [scale, offset] = [layer.scale(), layer.offset(geometry)];
  ctx.font = `${style.weight} ${style.size}px ${FONT}`;
  ctx.lineWidth = style.size / 4;
  for (const k of areas) {
    const room = geometry.points[3 * k + 2] * scale;
    if (room < style.size) continue;
    const width = ctx.measureText(geometry.short[k]).width;
    if (width > room * style.fit) continue;
    const x = geometry.points[3 * k] * scale + offset.x;
    const y = geometry.points[3 * k + 1] * scale + offset.y;
    const box = [x - width / 2 - 3, y - style.size * 0.7, x + width / 2 + 3, y + style.size * 0.7];
    if (taken.some((b) => b[0] < box[2] && b[2] > box[0] && b[1] < box[3] && b[3] > box[1])) continue;
    taken.push(box);
    ctx.strokeStyle = scene.page.halo;
    ctx.globalAlpha = 0.85;
    ctx.strokeText(geometry.short[k], x, y);
    ctx.globalAlpha = 1;
    ctx.fillStyle = scene.page.label;
    ctx.fillText(geometry.short[k], x, y);
  }
}
