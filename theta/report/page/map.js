// The map of documents on a canvas: drag, zoom, hover, click, filter.
const view = { scale: 1, x: 0, y: 0 };
const filter = { topic: -1, text: "", weight: 0 };
let mapCanvas = null, matches = [];

function mapSection() {
  const shown = data.map.members.length;
  const sampled = label(shown === data.nDocs ? "All {n} documents, coloured by their main topic ({method}). "
    : "{shown} of {n} documents, drawn at random, coloured by their main topic ({method}). ",
    { shown: shown.toLocaleString(), n: data.nDocs.toLocaleString(), method: data.map.method });
  const topicChoice = element("select", { id: "filter-topic", onchange: (event) => { filter.topic = Number(event.target.value); applyFilter(); } },
    element("option", { value: -1 }, label("All topics")),
    data.topics.map((topic) => element("option", { value: topic.id }, shorten(topicName(topic), 50))));
  const text = element("input", { type: "search", id: "filter-text", autocomplete: "off", oninput: (event) => { filter.text = event.target.value.trim().toLowerCase(); applyFilter(); } });
  const least = element("output", {}, "0 %");
  const slider = element("input", { type: "range", id: "filter-weight", min: 0, max: 1, step: 0.05, value: 0,
    oninput: (event) => { filter.weight = Number(event.target.value); least.textContent = percent(filter.weight, 0); applyFilter(); } });
  const reset = () => {
    Object.assign(filter, { topic: -1, text: "", weight: 0 });
    topicChoice.value = "-1"; text.value = ""; slider.value = 0; least.textContent = "0 %";
    Object.assign(view, { scale: 1, x: 0, y: 0 });
    applyFilter();
  };
  mapCanvas = element("canvas", { tabindex: 0, role: "img", "aria-label": label("Map") });
  listenToMap(mapCanvas);
  return section("map", label("Map"),
    element("p", { class: "soft small" }, sampled, label("Similar documents are close to each other; distances between distant groups mean little. Drag to move, Ctrl + wheel or + − to zoom, click a document to read it."), " ", label("Texts are truncated after {length} characters.", { length: data.docs.length })),
    element("div", { class: "map-tools" },
      element("label", {}, label("Topic"), topicChoice),
      element("label", {}, label("Text contains"), text),
      element("label", {}, element("span", {}, label("Weight of the main topic at least"), " ", least), slider),
      element("button", { type: "button", onclick: reset }, label("Show all"))),
    element("p", { id: "map-count", class: "small", role: "status" }),
    element("div", { class: "map-box" }, mapCanvas,
      element("div", { class: "zoom" },
        element("button", { type: "button", "aria-label": "+", onclick: () => zoom(1.4) }, "+"),
        element("button", { type: "button", "aria-label": "−", onclick: () => zoom(1 / 1.4) }, "−"))),
    element("details", { id: "map-list", class: "no-print" }, element("summary", {}, label("Documents that match")), element("div")));
}

function applyFilter() {
  const { main, weights, texts } = data.docs;
  matches = data.map.members.map((doc) =>
    (filter.topic < 0 || main[doc][0] === filter.topic) && weights[doc][0] >= filter.weight &&
    (!filter.text || texts[doc].toLowerCase().includes(filter.text)));
  const found = matches.reduce((sum, match) => sum + match, 0);
  document.getElementById("map-count").textContent =
    label("{shown} of {n} documents match", { shown: found.toLocaleString(), n: matches.length.toLocaleString() });
  const list = data.map.members.filter((_, i) => matches[i]).slice(0, 30);
  document.querySelector("#map-list div").replaceChildren(...list.map((doc) => element("div", { class: "doc" },
    element("div", { class: "small soft" },
      element("button", { type: "button", class: "id", onclick: () => showDocument(doc) }, data.docs.ids[doc]),
      ` · ${topicLabel(data.topics[main[doc][0]])} ${percent(weights[doc][0], 0)}`),
    element("p", { class: "small" }, shorten(texts[doc], 160)))));
  drawMap();
}

function toScreen([x, y], size) {
  const unit = Math.min((size.width - 130) / span[0], (size.height - 40) / span[1]) * view.scale;
  return [size.width / 2 + view.x + (x - 5000) * unit, size.height / 2 + view.y - (y - 5000) * unit];
}

function drawMap() {
  if (!mapCanvas) return;
  const size = sharp(mapCanvas, Math.min(720, Math.max(380, innerHeight * 0.72)));
  const { context } = size;
  const radius = (matches.length > 1500 ? 2.1 : 3.2) * Math.min(2, Math.sqrt(view.scale));
  const ghost = cssColour("--soft");
  for (const wanted of [false, true]) {
    data.map.members.forEach((doc, i) => {
      if (matches[i] !== wanted) return;
      const [x, y] = toScreen(data.map.points[i], size);
      if (x < -5 || y < -5 || x > size.width + 5 || y > size.height + 5) return;
      context.fillStyle = wanted ? colours[data.docs.main[doc][0]] : ghost;
      context.globalAlpha = wanted ? 0.3 + 0.6 * data.docs.weights[doc][0] : 0.25;
      context.beginPath();
      context.arc(x, y, wanted ? radius : 1.5, 0, 7);
      context.fill();
    });
  }
  context.globalAlpha = 1;
  writeTopics(size);
  mapCanvas.size = size;
}

// Names of the largest topics first. A name that would cover another moves up or down a little; if
// that is not enough it appears on zooming in.
function writeTopics(size) {
  const { context } = size;
  context.font = `600 12px ${getComputedStyle(document.body).fontFamily}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineWidth = 3.5;
  context.lineJoin = "round";
  const taken = [];
  for (const topic of [...data.topics].sort((a, b) => b.share - a.share)) {
    if (filter.topic >= 0 && topic.id !== filter.topic) continue;
    const place = places[topic.id];
    if (!place) continue;
    const [at, middle] = toScreen(place, size);
    if (at < 0 || middle < 0 || at > size.width || middle > size.height) continue;
    const text = topicLabel(topic);
    const half = context.measureText(text).width / 2 + 3;
    const x = Math.max(half, Math.min(at, size.width - half));
    const covers = (y) => taken.some((box) => Math.abs(box.x - x) < box.half + half && Math.abs(box.y - y) < 15);
    const y = [0, -8, 8, -15, 15, -22, 22].map((by) => middle + by).find((height) => !covers(height));
    if (y === undefined) continue;
    taken.push({ x, y, half });
    context.strokeStyle = cssColour("--card");
    context.strokeText(text, x, y);
    context.fillStyle = cssColour("--ink");
    context.fillText(text, x, y);
  }
}
const span = [0, 1].map((axis) => data.map
  ? Math.max(1, 2 * data.map.points.reduce((most, point) => Math.max(most, Math.abs(point[axis] - 5000)), 0)) : 1);
const places = data.topics.map((topic) => topicPlace(topic.id));

function zoom(by, x = 0, y = 0) {
  const scale = Math.min(40, Math.max(1, view.scale * by));
  view.x = x - (x - view.x) * scale / view.scale;
  view.y = y - (y - view.y) * scale / view.scale;
  view.scale = scale;
  if (scale === 1) Object.assign(view, { x: 0, y: 0 });
  drawMap();
}

function nearestDocument(event) {
  const box = mapCanvas.getBoundingClientRect();
  const [px, py] = [event.clientX - box.left, event.clientY - box.top];
  let best = -1, reach = 12;
  data.map.members.forEach((doc, i) => {
    if (!matches[i]) return;
    const [x, y] = toScreen(data.map.points[i], mapCanvas.size);
    const distance = Math.hypot(x - px, y - py);
    if (distance < reach) [best, reach] = [doc, distance];
  });
  return best;
}

function listenToMap(canvas) {
  let drag = null;
  canvas.addEventListener("pointerdown", (event) => {
    drag = { x: event.clientX, y: event.clientY, moved: 0 };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (drag) {
      view.x += event.clientX - drag.x;
      view.y += event.clientY - drag.y;
      drag.moved += Math.abs(event.clientX - drag.x) + Math.abs(event.clientY - drag.y);
      Object.assign(drag, { x: event.clientX, y: event.clientY });
      hideTip();
      drawMap();
      return;
    }
    const doc = nearestDocument(event);
    if (doc < 0) { hideTip(); return; }
    const topic = data.topics[data.docs.main[doc][0]];
    showTip(event, element("strong", {}, dot(topic.id), `${topicName(topic, 3)} ${percent(data.docs.weights[doc][0], 0)}`),
      element("div", { class: "soft" }, data.docs.ids[doc] + groupText(doc)),
      element("div", {}, shorten(data.docs.texts[doc], 280)));
  });
  canvas.addEventListener("pointerup", (event) => {
    const clicked = drag && drag.moved < 4;
    drag = null;
    if (!clicked) return;
    const doc = nearestDocument(event);
    hideTip();
    if (doc >= 0) showDocument(doc);
  });
  canvas.addEventListener("pointerleave", hideTip);
  canvas.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;  // without a modifier the wheel scrolls the page
    event.preventDefault();
    const box = canvas.getBoundingClientRect();
    zoom(event.deltaY < 0 ? 1.2 : 1 / 1.2, event.clientX - box.left - box.width / 2, event.clientY - box.top - box.height / 2);
  }, { passive: false });
  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [40, 0], ArrowRight: [-40, 0], ArrowUp: [0, 40], ArrowDown: [0, -40] }[event.key];
    if (step) { view.x += step[0]; view.y += step[1]; drawMap(); }
    else if (event.key === "+" || event.key === "=") zoom(1.4);
    else if (event.key === "-") zoom(1 / 1.4);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
}
