// Topic similarity: the heat map, and the topics on a plane.
const HEAT_NAMES = 130;
let heat = null, plane = null;

function similaritySection() {
  heat = element("canvas", { role: "img", "aria-label": label("Similarity") });
  const cell = (event) => {
    const box = heat.getBoundingClientRect(), { order } = data.similarity;
    const at = (offset) => order[Math.floor(offset / heat.side)];
    return [at(event.clientY - box.top), at(event.clientX - box.left - heat.room)];
  };
  heat.addEventListener("pointermove", (event) => {
    const [row, column] = cell(event);
    if (row === undefined || column === undefined) { hideTip(); return; }
    showTip(event, element("div", {}, dot(row), topicName(data.topics[row])), element("div", {}, dot(column), topicName(data.topics[column])),
      element("strong", {}, number(data.similarity.rows[row][column])));
  });
  heat.addEventListener("pointerleave", hideTip);
  heat.addEventListener("click", (event) => {
    const [row] = cell(event);
    if (row !== undefined) { hideTip(); showTopic(row, true); }
  });
  return section("similarity", label("Similarity"),
    element("div", { class: "columns even" },
      element("div", {}, element("h3", {}, label("Pairwise similarity")), element("p", { class: "soft small" }, label("{name}. Similar topics are adjacent, and the diagonal has their numbers; click a cell to open the topic of its row.", { name: data.similarity.name })), heat,
        element("div", { class: "scale small soft" }, element("span", {}), element("i"), element("span", {}))),
      planePanel()));
}

function drawHeat() {
  if (!heat) return;
  const { order, rows } = data.similarity;
  // Names are drawn beside the rows if the rows are high enough.
  const whole = heat.parentElement.clientWidth;
  const named = (whole - HEAT_NAMES) / order.length >= 12;
  const room = named ? HEAT_NAMES : 0, side = (whole - room) / order.length;
  Object.assign(heat, { room, side });
  const family = getComputedStyle(document.body).fontFamily;
  const { context } = sharp(heat, whole - room);
  const others = rows.flatMap((row, i) => row.filter((_, j) => j !== i));
  // A single pair has no range.
  const [low, high] = order.length < 3 ? [0, 1] : [Math.min(...others), Math.max(...others)];
  const [from, to] = ["--heat-low", "--heat-high"].map((name) => cssColour(name).split(" ").map(Number));
  const [least, ramp, most] = heat.nextElementSibling.children;
  least.textContent = number(low);
  most.textContent = number(high);
  ramp.style.background = `linear-gradient(to right, rgb(${from.join(" ")}), rgb(${to.join(" ")}))`;
  order.forEach((row, i) => order.forEach((column, j) => {
    const t = high > low ? (rows[row][column] - low) / (high - low) : 1;
    const mixed = from.map((value, c) => Math.round(value + (to[c] - value) * t));
    context.fillStyle = row === column ? cssColour("--line") : `rgb(${mixed.join(" ")})`;
    context.fillRect(room + j * side, i * side, side + 0.5, side + 0.5);
    if (side < 28 || row === column) return;
    context.font = `11px ${family}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillStyle = cssColour(t > 0.5 ? "--heat-light-ink" : "--heat-dark-ink");
    context.fillText(rows[row][column].toFixed(2), room + (j + 0.5) * side, (i + 0.5) * side);
  }));
  if (!named) return;
  context.font = `11px ${family}`;
  context.textBaseline = "middle";
  context.fillStyle = cssColour("--ink");
  order.forEach((topic, i) => {
    context.textAlign = "center";
    if (side >= 15) context.fillText(String(data.topics[topic].number), room + (i + 0.5) * side, (i + 0.5) * side);
    context.textAlign = "right";
    context.fillText(fitted(context, topicLabel(data.topics[topic]), room - 8), room - 5, (i + 0.5) * side);
  });
}

// Truncates a text to a width in pixels.
function fitted(context, text, room) {
  let length = text.length;
  while (length > 1 && context.measureText(shorten(text, length)).width > room) length--;
  return shorten(text, length);
}

function planePanel() {
  if (!data.topics[0].plane) return null;
  plane = element("div", { id: "plane" });
  return element("div", {}, element("h3", {}, label("Intertopic distance map")),
    element("p", { class: "soft small" }, label("Dissimilar topics are far apart (classical scaling of 1 − similarity); area: share. Click a circle to open the topic.")), plane);
}

function drawPlane() {
  if (!plane) return;
  const svg = shape("svg", { viewBox: "0 0 500 500", role: "group", "aria-label": label("Intertopic distance map") });
  const numbers = shape("g", { "pointer-events": "none" });
  for (const topic of [...data.topics].sort((a, b) => b.share - a.share)) {
    const [x, y] = topic.plane.map((v) => 45 + (v / 10000) * 410);
    const chosen = topic.id === openTopic;
    svg.append(shape("g", { tabindex: 0, role: "button", "aria-label": topicName(topic), style: { cursor: "pointer" },
      onclick: () => showTopic(topic.id),
      onkeydown: (event) => { if (event.key === "Enter") showTopic(topic.id); } },
      shape("title", {}, `${topicName(topic, 5)} · ${percent(topic.share)}`),
      shape("circle", { cx: x, cy: 500 - y, r: (data.topics.length > 40 ? 20 : 36) * Math.sqrt(topic.share / largestShare),
        fill: colours[topic.id], "fill-opacity": chosen ? 0.95 : 0.45, stroke: chosen ? "var(--ink)" : "var(--card)", "stroke-width": chosen ? 2 : 1 })));
    numbers.append(shape("text", { class: chosen ? "chosen" : "ink", x, y: 504 - y, "text-anchor": "middle" }, String(topic.number)));
  }
  svg.append(numbers);  // over all circles
  plane.replaceChildren(svg);
}
