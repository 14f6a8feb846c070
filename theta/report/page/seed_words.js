// Guided topics: the final rank of each seed word in its topic.
const guided = data.topics.some((topic) => topic.seeds);

// Near: among the top words; listed: among the words shown for a topic; far: not shown.
function seedBand(rank) {
  return rank <= data.nTop ? "near" : rank <= data.nWords ? "listed" : "far";
}

// Words with their ranks among the words of a topic.
function rankChips(ranks, ...others) {
  return element("ul", { class: "chips seeds" },
    ranks.map(([word, rank]) => element("li", { class: seedBand(rank), title: label("seed_rank", { word, rank: rank.toLocaleString(data.language) }) },
      word, " ", element("b", {}, rank.toLocaleString(data.language)))), others);
}

function seedChips(topic) {
  if (!topic.seeds) return null;
  const { ranks, missing } = topic.seeds;
  return rankChips(ranks, missing.map((word) => element("li", { class: "missing", title: label("seed_missing") }, element("s", {}, word), " –")));
}

// Legend of the chips; only the bands that occur in these topics.
function seedLegend(topics) {
  const bands = new Set(topics.flatMap((topic) => topic.seeds ? topic.seeds.ranks.map(([, rank]) => seedBand(rank)) : []));
  const missing = topics.some((topic) => topic.seeds && topic.seeds.missing.length);
  return element("p", { class: "soft small seeds" }, label("seed_help"), " ",
    bands.has("near") ? [element("span", { class: "near" }, label("seed_near", { n: data.nTop })), " "] : null,
    bands.has("listed") ? [element("span", { class: "listed" }, label("seed_listed", { n: data.nWords })), " "] : null,
    bands.has("far") ? [element("span", { class: "far" }, label("seed_far")), " "] : null,
    missing ? element("span", { class: "missing" }, element("s", {}, label("seed_word")), " – ", label("seed_missing")) : null);
}

function seedPanel(topic) {
  if (!topic.seeds) return null;
  return element("div", { id: "seeds" }, element("h3", {}, label("seed_words")), seedChips(topic), seedLegend([topic]));
}
