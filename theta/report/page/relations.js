// Correlations of topics: a network on a circle, and a list of pairs.
function relationsSection() {
  const { method, notes, pairs, drawn } = data.correlations;
  return section("relations", label("Topics that occur together"),
    element("p", { class: "soft small" }, method),
    notes.map((note) => element("p", { class: "soft small" }, note)),
    pairs.length ? element("div", { class: "columns even" }, networkChart(pairs.slice(0, drawn)),
      element("div", { class: "table-box" }, element("table", { class: "small" },
        element("thead", {}, element("tr", {}, ["Topics", "Correlation"].map((name) => element("th", { scope: "col" }, label(name))))),
        element("tbody", {}, pairs.map((pair) => element("tr", {},
          element("td", {}, pair.topics.map((k, i) => [i ? " – " : "", topicLink(k)])), element("td", {}, pair.text)))))))
      : element("p", {}, label("No two topics clearly occur together, or avoid each other.")));
}

function topicLink(k) {
  return element("button", { type: "button", class: "id", onclick: () => showTopic(k, true) }, topicLabel(data.topics[k]));
}

function networkChart(pairs) {
  const { order } = data.correlations, width = 600, height = 340, radius = 130;
  const place = {};
  order.forEach((k, i) => {
    const angle = -Math.PI / 2 + 2 * Math.PI * i / order.length;
    place[k] = [width / 2 + radius * Math.cos(angle), height / 2 + radius * Math.sin(angle)];
  });
  const strong = Math.max(...pairs.map((pair) => Math.abs(pair.correlation)));
  const svg = shape("svg", { class: "wide", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label("Topics that occur together") });
  for (const pair of [...pairs].reverse()) {
    const [[x0, y0], [x1, y1]] = pair.topics.map((k) => place[k]);
    const bend = `${(x0 + x1 + width) / 4} ${(y0 + y1 + height) / 4}`;
    svg.append(shape("path", { class: pair.correlation > 0 ? "together" : "apart", d: `M ${x0} ${y0} Q ${bend} ${x1} ${y1}`,
      "stroke-width": 0.7 + 4 * Math.abs(pair.correlation) / strong }, shape("title", {},
      `${pair.topics.map((k) => topicLabel(data.topics[k])).join(" – ")}: ${pair.text}`)));
  }
  const largest = Math.max(...data.topics.map((topic) => topic.share));
  for (const k of order) {
    const [x, y] = place[k], topic = data.topics[k];
    const side = Math.abs(x - width / 2) < 1 ? "middle" : x > width / 2 ? "start" : "end";
    const away = side === "middle" ? (y > height / 2 ? 22 : -14) : 4;
    svg.append(shape("circle", { cx: x, cy: y, r: 4 + 7 * Math.sqrt(topic.share / largest), fill: colours[k],
      stroke: "var(--card)", class: "pick", onclick: () => showTopic(k, true) }, shape("title", {}, topicName(topic))),
    shape("text", { class: "ink", x: x + (side === "start" ? 14 : side === "end" ? -14 : 0), y: y + away, "text-anchor": side },
      shorten(topicLabel(topic), 20)));
  }
  return svg;
}
