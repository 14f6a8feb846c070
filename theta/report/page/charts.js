// Small charts as SVG.
const WIDTH = 320, HEIGHT = 150, LEFT = 44, BOTTOM = 24, TOP = 8;

function ticks(low, high, count = 4) {
  const rough = (high - low) / count || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough);
  const found = [];
  for (let t = Math.ceil(low / step - 1e-9); t * step <= high + step * 1e-9; t++) found.push(t * step);
  return found;
}

// Lines over evenly spaced positions, broken at null values; `band` is [low, high] or null. With a
// `curve` [values, low, high], the values are dots with intervals. `marks` are positions of dashed lines.
function lineChart({ values, band = null, names, format = number, best = null, zero = false, curve = null, marks = [], title }) {
  const known = [...values, ...(band ?? []).flat(), ...(curve ?? []).flat()].filter((v) => v !== null);
  let low = zero ? 0 : Math.min(...known), high = Math.max(...known);
  if (low === high) { low -= 0.5; high += 0.5; }
  const n = values.length;
  const x = (i) => LEFT + (n < 2 ? 0.5 : i / (n - 1)) * (WIDTH - LEFT - 8);
  const y = (v) => TOP + (1 - (v - low) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  const svg = shape("svg", { class: "chart", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": title });
  for (const t of ticks(low, high)) {
    svg.append(shape("line", { class: "axis", x1: LEFT, x2: WIDTH - 8, y1: y(t), y2: y(t) }),
      shape("text", { x: LEFT - 5, y: y(t) + 4, "text-anchor": "end" }, format(t)));
  }
  const step = Math.max(1, Math.ceil(n / 4));
  for (let i = 0; i < n; i += step) {
    svg.append(shape("text", { x: x(i), y: HEIGHT - 6, "text-anchor": "middle" }, names[i]));
  }
  const [line, lower, upper] = curve ?? [values, ...(band ?? [])];
  for (const run of runs(line)) {
    if (lower) {
      const edge = [...run.map((i) => [i, upper[i]]), ...[...run].reverse().map((i) => [i, lower[i]])];
      svg.append(shape("polygon", { class: "band", points: edge.map(([i, v]) => `${x(i)},${y(v)}`).join(" ") }));
    }
    if (run.length > 1) {
      svg.append(shape("polyline", { class: "line", points: run.map((i) => `${x(i)},${y(line[i])}`).join(" ") }));
    }
  }
  for (const mark of best !== null && best >= 0 ? [best, ...marks] : marks) {
    svg.append(shape("line", { class: "best", x1: x(mark), x2: x(mark), y1: TOP, y2: HEIGHT - BOTTOM }));
  }
  if (curve && band) {
    values.forEach((v, i) => {
      if (v !== null) svg.append(shape("line", { class: "whisker", x1: x(i), x2: x(i), y1: y(band[0][i]), y2: y(band[1][i]) }));
    });
  }
  values.forEach((v, i) => {
    if (v === null) return;
    const interval = band ? ` (${format(band[0][i])} – ${format(band[1][i])})` : "";
    svg.append(shape("circle", { cx: x(i), cy: y(v), r: n > 25 ? 2 : 3, fill: "var(--accent)" },
      shape("title", {}, `${names[i]}: ${format(v)}${interval}`)));
  });
  return svg;
}

function runs(values) {
  const found = [];
  values.forEach((v, i) => {
    if (v === null) return;
    if (i && values[i - 1] !== null && found.length) found.at(-1).push(i);
    else found.push([i]);
  });
  return found;
}

// Horizontal bars with intervals, one row per name.
function barChart({ rows, title }) {
  const line = 20, left = 160, width = 460, right = 86;
  const high = Math.max(1e-9, ...rows.map((row) => row.high ?? row.value ?? 0));
  const x = (v) => left + (v / high) * (width - left - right);
  const svg = shape("svg", { class: "wide", viewBox: `0 0 ${width} ${rows.length * line + 4}`, role: "img", "aria-label": title });
  rows.forEach((row, i) => {
    const middle = i * line + line / 2;
    svg.append(shape("text", { class: "ink", x: left - 6, y: middle + 4, "text-anchor": "end" }, shorten(row.name, 26),
      shape("title", {}, row.name)));
    if (row.value === null) { svg.append(shape("text", { x: left, y: middle + 4 }, `– (${row.count})`)); return; }
    svg.append(shape("rect", { x: left, y: middle - 6, width: Math.max(1, x(row.value) - left), height: 12, fill: "var(--bar)" }),
      shape("line", { x1: x(row.low), x2: x(row.high), y1: middle, y2: middle, stroke: "var(--ink)", "stroke-width": 1.2 }),
      shape("text", { x: x(row.high) + 5, y: middle + 4 }, `${percent(row.value)} (${row.count})`));
  });
  return svg;
}

// Dots with intervals around zero, one row per name; filled if clear. Values are shares.
function dotChart({ rows, title }) {
  const line = 20, left = 150, width = 460, right = 12, bottom = 18;
  const known = rows.filter((row) => row.value !== null);
  const low = Math.min(0, ...known.map((row) => row.low)), high = Math.max(0, ...known.map((row) => row.high));
  const span = high - low || 1;
  const x = (v) => left + ((v - low) / span) * (width - left - right);
  const bottomAt = rows.length * line;
  const svg = shape("svg", { class: "wide", viewBox: `0 0 ${width} ${bottomAt + bottom}`, role: "img", "aria-label": title });
  for (const t of ticks(low, high)) {
    svg.append(shape("line", { class: "axis", x1: x(t), x2: x(t), y1: 0, y2: bottomAt }),
      shape("text", { x: x(t), y: bottomAt + 14, "text-anchor": "middle" }, number(100 * t)));
  }
  svg.append(shape("line", { x1: x(0), x2: x(0), y1: 0, y2: bottomAt, stroke: "var(--soft)" }));
  rows.forEach((row, i) => {
    const middle = i * line + line / 2;
    svg.append(shape("text", { class: "ink", x: left - 6, y: middle + 4, "text-anchor": "end" }, shorten(row.name, 24),
      shape("title", {}, row.name)));
    if (row.value === null) return;
    svg.append(shape("line", { x1: x(row.low), x2: x(row.high), y1: middle, y2: middle, stroke: "var(--accent)", "stroke-width": 1.4 }),
      shape("circle", { cx: x(row.value), cy: middle, r: 4, stroke: "var(--accent)", fill: row.clear ? "var(--accent)" : "var(--card)" },
        shape("title", {}, `${row.name}: ${number(100 * row.value)} (${number(100 * row.low)} – ${number(100 * row.high)})`)));
  });
  return svg;
}

// Several lines with bands over the same positions; values are shares.
function linesChart({ lines, names, title }) {
  const known = lines.flatMap((line) => [...line.low, ...line.high]).filter((v) => v !== null);
  const low = Math.min(...known), high = Math.max(...known);
  const n = names.length;
  const x = (i) => LEFT + (n < 2 ? 0.5 : i / (n - 1)) * (WIDTH - LEFT - 8);
  const y = (v) => TOP + (1 - (v - low) / (high - low || 1)) * (HEIGHT - TOP - BOTTOM);
  const svg = shape("svg", { class: "chart", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": title });
  for (const t of ticks(low, high)) {
    svg.append(shape("line", { class: "axis", x1: LEFT, x2: WIDTH - 8, y1: y(t), y2: y(t) }),
      shape("text", { x: LEFT - 5, y: y(t) + 4, "text-anchor": "end" }, `${number(100 * t)} %`));
  }
  const step = Math.max(1, Math.ceil(n / 4));
  for (let i = 0; i < n; i += step) svg.append(shape("text", { x: x(i), y: HEIGHT - 6, "text-anchor": "middle" }, shorten(names[i], 12)));
  lines.forEach((line, at) => {
    if (line.values.some((v) => v === null)) return;
    const colour = PALETTE[at % PALETTE.length];
    const edge = [...line.high.map((v, i) => [i, v]), ...line.low.map((v, i) => [i, v]).reverse()];
    svg.append(shape("polygon", { points: edge.map(([i, v]) => `${x(i)},${y(v)}`).join(" "), fill: colour, opacity: 0.18 }),
      shape("polyline", { points: line.values.map((v, i) => `${x(i)},${y(v)}`).join(" "), fill: "none", stroke: colour, "stroke-width": 2 },
        shape("title", {}, line.name || title)));
  });
  return svg;
}
