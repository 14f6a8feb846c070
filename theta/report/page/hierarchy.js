// The hierarchy over the topics: topics at the left, groups joined at their dissimilarity.
const TREE_ROW = 18, TREE_NAMES = 260, TREE_WIDTH = 900;

function hierarchySection() {
  const { order, places, groups } = data.hierarchy;
  const x = (height) => TREE_NAMES + height * (TREE_WIDTH - TREE_NAMES - 20), y = (row) => (row + 0.5) * TREE_ROW;
  const svg = shape("svg", { viewBox: `0 0 ${TREE_WIDTH} ${order.length * TREE_ROW}`, role: "group", "aria-label": label("Hierarchy") });
  const line = (x1, y1, x2, y2) => svg.append(shape("line", { x1, y1, x2, y2, stroke: "var(--accent)", "stroke-width": 1.2 }));
  groups.forEach((group, i) => {
    const [height] = places[order.length + i];
    const rows = group.children.map((child) => places[child][1]);
    line(x(height), y(rows[0]), x(height), y(rows[1]));
    for (const child of group.children) {
      const [start, row] = places[child];
      line(x(start), y(row), x(height), y(row));
      const inner = groups[child - order.length], room = Math.floor((x(height) - x(start) - 4) / 8);
      if (inner && room > 3) svg.append(shape("text", { class: "ink", x: x(start) + 4, y: y(row) - 3, "font-size": 10 }, shorten(inner.name, room)));
    }
  });
  groups.forEach((group, i) => {
    const [height, row] = places[order.length + i];
    const whole = `${group.name ? group.name + ": " : ""}${group.words.join(", ")} · ${label("{n} topics", { n: group.topics })} · ${percent(group.share)}`;
    svg.append(shape("circle", { cx: x(height), cy: y(row), r: 4, fill: "var(--accent)", tabindex: 0, role: "img", "aria-label": whole },
      shape("title", {}, whole)));
  });
  order.forEach((topic, row) => svg.append(shape("g", { tabindex: 0, role: "button", "aria-label": topicName(data.topics[topic]), style: { cursor: "pointer" },
    onclick: () => showTopic(topic, true),
    onkeydown: (event) => { if (event.key === "Enter") showTopic(topic, true); } },
    shape("title", {}, topicName(data.topics[topic], 8)),
    shape("text", { class: "ink", x: TREE_NAMES - 6, y: y(row) + 4, "text-anchor": "end", "font-size": 11 }, shorten(topicLabel(data.topics[topic]), 42)))));
  return section("hierarchy", label("Hierarchy"), element("p", { class: "soft small" }, label("Which topics are alike, by words and, if the run reads embeddings, by meaning: the further right two groups meet, the less alike they are. Point at a dot for the words of its group.")), svg);
}
