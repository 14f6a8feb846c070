// Guided topics: the final rank of each seed word in its topic.
const guided = data.topics.some((topic) => topic.seeds);

// Near: among the top words; listed: among the words shown for a topic; far: not shown.
function seedBand(rank) {
  return rank <= data.nTop ? "near" : rank <= data.nWords ? "listed" : "far";
}

// Words with their ranks among the words of a topic.
function rankChips(ranks, ...others) {
  return element("ul", { class: "chips seeds" },
    ranks.map(([word, rank]) => element("li", { class: seedBand(rank), title: label("{word}: rank {rank} in the topic", { word, rank: rank.toLocaleString(data.language) }) },
      word, " ", element("b", {}, rank.toLocaleString(data.language)))), others);
}

function seedChips(topic) {
  if (!topic.seeds) return null;
  const { ranks, missing } = topic.seeds;
  return rankChips(ranks, missing.map((word) => element("li", { class: "missing", title: label("not in the vocabulary, so it had no effect") }, element("s", {}, word), " –")));
}

// Legend of the chips; only the bands that occur in these topics.
function seedLegend(topics) {
  const bands = new Set(topics.flatMap((topic) => topic.seeds ? topic.seeds.ranks.map(([, rank]) => seedBand(rank)) : []));
  const missing = topics.some((topic) => topic.seeds && topic.seeds.missing.length);
  return element("p", { class: "soft small seeds" }, label("Final rank of each seed word among the words of its topic:"), " ",
    bands.has("near") ? [element("span", { class: "near" }, label("among the first {n}", { n: data.nTop })), " "] : null,
    bands.has("listed") ? [element("span", { class: "listed" }, label("among the first {n}, which the page shows", { n: data.nWords })), " "] : null,
    bands.has("far") ? [element("span", { class: "far" }, label("lower: the texts do not support it")), " "] : null,
    missing ? element("span", { class: "missing" }, element("s", {}, label("word")), " – ", label("not in the vocabulary, so it had no effect")) : null);
}

function seedPanel(topic) {
  if (!topic.seeds) return null;
  return element("div", { id: "seeds" }, element("h3", {}, label("Seed words")), seedChips(topic), seedLegend([topic]));
}
