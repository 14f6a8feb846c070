// Described topics: how well each meets its description, and by which documents.
function describedSection() {
  const columns = ["Topic", "Description", "Documents", "Fitting", "Similarity", "Of others", "Words", "Closest documents"];
  const head = element("tr", {}, columns.map((name) => element("th", { scope: "col" }, label(name))));
  const rows = data.described.map((met) => element("tr", {},
    element("td", { class: "key" }, element("button", { type: "button", class: "id", onclick: () => showTopic(met.topic, true) },
      dot(met.topic), topicLabel(data.topics[met.topic]))),
    element("td", {}, met.description),
    element("td", { class: "num" }, met.documents.toLocaleString(data.language)),
    element("td", { class: "num" }, met.fitting === null || !met.documents ? "–" : percent(met.fitting / met.documents, 0)),
    element("td", { class: "num" }, number(met.similarity, 2)),
    element("td", { class: "num" }, number(met.others, 2)),
    element("td", {}, rankChips(met.ranks)),
    element("td", {}, met.best.map((doc) => [element("button", { type: "button", class: "id", onclick: () => showDocument(doc) }, data.docs.ids[doc]), " "]))));
  return section("described", label("Described topics"),
    element("p", { class: "soft small" }, label("A document fits the description of its main topic if it is more similar to it than 95 % of the held-out documents with another main topic. Similarity: cosine of centred vectors, as the mean of the documents with this main topic and of all others. Words: those of the description with their ranks in the topic. Documents: the most similar ones of the topic.")),
    element("div", { class: "table-box" }, element("table", {}, element("thead", {}, head), element("tbody", {}, rows))));
}
