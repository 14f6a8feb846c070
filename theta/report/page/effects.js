// Effects of covariates: one view per term of the formula.
function effectsSection() {
  const { views, method, notes } = data.effects;
  const box = element("div");
  const show = (number) => refill(box, views[number].panels ? effectPanels(views[number]) : effectLines(views[number]));
  const select = element("select", { id: "effect-term", onchange: (event) => show(Number(event.target.value)) },
    views.map((view, i) => element("option", { value: i }, view.term)));
  if (views.length) show(0);
  return section("effects", label("Effects of covariates"),
    element("p", { class: "soft small" }, method),
    notes.map((note) => element("p", { class: "soft small" }, note)),
    views.length ? element("p", { class: "no-print" }, element("label", { for: "effect-term" }, label("Effect of")), " ", select) : null,
    box);
}

// Marginal effects on all topics, in the order of the first panel.
function effectPanels(view) {
  const first = view.panels[0].estimate;
  const order = data.topics.map((topic) => topic.id).sort((a, b) => (first[b] ?? 0) - (first[a] ?? 0));
  return element("div", { class: "curves dots" }, view.panels.map((panel) => element("div", {}, element("h3", {}, panel.name),
    dotChart({ title: panel.name, rows: order.map((k) => ({ name: topicLabel(data.topics[k]), clear: panel.clear[k],
      value: panel.estimate[k], low: panel.low[k], high: panel.high[k] })) }))));
}

// Predicted shares along a variable, topic by topic.
function effectLines(view) {
  const byShare = [...data.topics].sort((a, b) => b.share - a.share);
  return element("div", {},
    element("p", { class: "soft small" }, label("Predicted share of each topic by {name}, averaged over the documents, with 95 % intervals.", { name: view.variable })),
    view.lines.length > 1 ? element("p", { class: "small legend" }, view.lines.map((line, i) =>
      element("span", {}, element("span", { class: "dot", style: { background: PALETTE[i % PALETTE.length] }, "aria-hidden": "true" }), line.name, " "))) : null,
    element("div", { class: "curves" }, byShare.map((topic) => element("div", {}, element("h3", {}, topicName(topic)),
      linesChart({ names: view.names, title: topicName(topic), lines: view.lines.map((line) => ({ name: line.name,
        values: line.estimate.map((row) => row[topic.id]), low: line.low.map((row) => row[topic.id]), high: line.high.map((row) => row[topic.id]) })) })))));
}
