// Topics since the run that this one goes on from: how far each has moved.
function movesSection() {
  const columns = ["Topic", "Moved", "Share before", "Share", "Left the ten words", "Came to them"];
  const head = element("tr", {}, columns.map((name) => element("th", { scope: "col" }, label(name))));
  const rows = data.moves.topics.map((move) => element("tr", {},
    element("td", { class: "key" }, element("button", { type: "button", class: "id", onclick: () => showTopic(move.topic, true) },
      dot(move.topic), topicName(data.topics[move.topic], 3))),
    element("td", { class: "num" }, move.distance === null ? label("new") : number(move.distance, 2)),
    element("td", { class: "num" }, percent(move.before)),
    element("td", { class: "num" }, percent(move.share)),
    element("td", {}, move.left.join(", ")),
    element("td", {}, move.came.join(", "))));
  return section("moves", label("Since the earlier run"),
    element("p", { class: "soft small" }, label("This run goes on from the topics of {run}. Moved: Jensen–Shannon divergence of a topic's words before and now, over the words that both runs know; 0: the same, 1: none in common.", { run: data.moves.run })),
    element("div", { class: "table-box" }, element("table", {}, element("thead", {}, head), element("tbody", {}, rows))));
}
