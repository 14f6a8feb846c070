// Topics since the run that this one goes on from: how far each has moved.
function movesSection() {
  const columns = ["topic", "distance_moved", "share_before", "share", "words_left", "words_came"];
  const head = element("tr", {}, columns.map((name) => element("th", { scope: "col" }, label(name))));
  const rows = data.moves.topics.map((move) => element("tr", {},
    element("td", { class: "key" }, element("button", { type: "button", class: "id", onclick: () => showTopic(move.topic, true) },
      dot(move.topic), topicName(data.topics[move.topic], 3))),
    element("td", { class: "num" }, move.distance === null ? label("new_topic") : number(move.distance, 2)),
    element("td", { class: "num" }, percent(move.before)),
    element("td", { class: "num" }, percent(move.share)),
    element("td", {}, move.left.join(", ")),
    element("td", {}, move.came.join(", "))));
  return section("moves", label("moves"),
    element("p", { class: "soft small" }, label("moves_help", { run: data.moves.run })),
    element("div", { class: "table-box" }, element("table", {}, element("thead", {}, head), element("tbody", {}, rows))));
}
