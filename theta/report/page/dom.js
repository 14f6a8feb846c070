// Building blocks. Texts become text nodes only: no data is parsed as HTML.
const data = JSON.parse(document.getElementById("data").textContent);
const kind = document.documentElement.dataset.kind;
const SVG = "http://www.w3.org/2000/svg";

// The colours of the static figures: those of Okabe and Ito, and four more.
const PALETTE = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9",
                 "#D55E00", "#9467BD", "#8C9A00", "#00838F", "#A0522D"];

function label(name, values = {}) {
  const text = data.labels[name] ?? name;
  return text.replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
}

function fill(node, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "style") Object.assign(node.style, value);
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(2).filter((child) => child !== null && child !== undefined));
  return node;
}

// Replaces the children of a node; null is skipped.
function refill(node, ...children) {
  node.replaceChildren();
  return fill(node, {}, children);
}

function element(tag, properties = {}, ...children) {
  return fill(document.createElement(tag), properties, children);
}

function shape(tag, properties = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), properties, children);
}

function number(value, digits = 3) {
  if (value === null || value === undefined) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1000) return value.toLocaleString(data.language, { maximumFractionDigits: 0 });
  return size < 0.0005 ? value.toExponential(1) : String(Number(value.toPrecision(digits)));
}

function percent(value, digits = 1) {
  return value === null || value === undefined ? "–" : (100 * value).toFixed(digits) + " %";
}

// What stands where there is little room: as in the charts, the name, or the first words.
function topicLabel(topic, words = 2) {
  return `${topic.number} ${isolated(topic.name || topic.top.slice(0, words).join(", "))}`;
}

function topicName(topic, words = 3) {
  return `${topic.number} ${topic.name ? isolated(topic.name) + ": " : ""}${isolated(topic.top.slice(0, words).join(", "))}`;
}

// Arabic or Hebrew within a line: without isolation the numbers beside it change their places.
function isolated(text) {
  return /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/.test(text) ? `\u2068${text}\u2069` : text;
}

function shorten(text, length) {
  return text.length <= length ? text : text.slice(0, length).trimEnd() + "…";
}

function cssColour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

// A section of the page with its heading.
function section(id, title, ...children) {
  return element("section", { id, "aria-labelledby": id + "-title" },
    element("h2", { id: id + "-title" }, title), ...children);
}

// One tooltip for the whole page.
const tip = element("div", { class: "tip", hidden: true, role: "status" });
function showTip(event, ...children) {
  tip.replaceChildren(...children);
  tip.hidden = false;
  const box = tip.getBoundingClientRect();
  const left = event.clientX + 14 + box.width > innerWidth ? event.clientX - box.width - 10 : event.clientX + 14;
  const top = event.clientY + 14 + box.height > innerHeight ? event.clientY - box.height - 10 : event.clientY + 14;
  tip.style.left = Math.max(4, left) + "px";
  tip.style.top = Math.max(4, top) + "px";
}
function hideTip() { tip.hidden = true; }

// Sets a canvas to the device's pixels and returns its context in CSS pixels.
function sharp(canvas, height) {
  const width = canvas.clientWidth || canvas.parentElement.clientWidth || 800;
  const ratio = devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.height = height + "px";
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

// Topics of the same colour are far from each other on the map.
const colours = (() => {
  const places = data.topics.map((topic) => topicPlace(topic.id));
  const chosen = [];
  places.forEach((place, k) => {
    if (!place) { chosen.push(k % PALETTE.length); return; }
    const free = PALETTE.map((_, colour) => Math.min(Infinity, ...places.slice(0, k)
      .map((other, j) => (other && chosen[j] === colour ? Math.hypot(place[0] - other[0], place[1] - other[1]) : Infinity))));
    chosen.push(free.indexOf(Math.max(...free)));
  });
  return chosen.map((colour) => PALETTE[colour]);
})();

// The document of a topic that is nearest to the median of its documents on the map.
function topicPlace(topic) {
  if (!data.map) return data.topics[topic].plane;
  const own = data.map.members.map((doc, i) => [doc, i])
    .filter(([doc]) => data.docs.main[doc][0] === topic).map(([, i]) => data.map.points[i]);
  if (!own.length) return null;
  const median = (axis) => own.map((point) => point[axis]).sort((a, b) => a - b)[own.length >> 1];
  const [x, y] = [median(0), median(1)];
  return own.reduce((best, point) =>
    Math.hypot(point[0] - x, point[1] - y) < Math.hypot(best[0] - x, best[1] - y) ? point : best);
}

function dot(topic) {
  return element("span", { class: "dot", style: { background: colours[topic] }, "aria-hidden": "true" });
}
