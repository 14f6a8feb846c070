// Topics over time: what rises and falls, and the course and words of one topic.
function trendsSection() {
  const over = data.overTime;
  return section("trends", label("Over time"),
    element("p", { class: "soft small" }, over.method),
    over.notes.map((note) => element("p", { class: "soft small" }, note)),
    element("ul", { class: "sentences" }, over.summary.map((sentence) =>
      element("li", { class: sentence.startsWith(" ") ? "inner" : "" }, sentence.trim()))));
}

function topicOverTime(topic) {
  const over = data.overTime, own = over.topics[topic.id], k = topic.id;
  const small = Math.max(...over.high[k]) < 0.05;
  return element("div", {}, element("h3", {}, label("Over time")),
    element("p", { class: "soft small" }, label("Mean share by {unit} with 95 % interval (dots), and a smooth curve with its band; dashed: change points. Periods with too few documents are omitted.", { unit: label(over.unit) })),
    over.mean[k].some((v) => v !== null)
      ? lineChart({ values: over.mean[k], band: [over.low[k], over.high[k]], zero: true, marks: own.changes,
        curve: over.smooth[k].some((v) => v !== null) ? [over.smooth[k], over.smoothLow[k], over.smoothHigh[k]] : null,
        names: over.starts.map((start) => periodName(start, over.unit)), format: (v) => percent(v, small ? 1 : 0), title: label("Over time") })
      : "–",
    own.sentences.map((sentence) => element("p", { class: "small" }, sentence)));
}

function wordsByPeriod(topic) {
  const over = data.overTime, own = over.wordsFrom === "documents", { words } = over.topics[topic.id];
  if (!words.length) return null;
  const name = (begin) => own ? periodName(begin, over.unit) : begin;
  return element("details", {}, element("summary", { class: "small" }, label("Words by {unit}", { unit: label(over.unit) })),
    element("p", { class: "soft small" }, label(own ? "The most probable words of the topic in the documents of each period, and those that are more frequent than in its other periods; Documents: those with the topic." : "The words of the topic in each time slice of the model.")),
    element("div", { class: "table-box" }, element("table", { class: "small" },
      element("thead", {}, element("tr", {}, ["Period", "Documents", "Words", own ? "More frequent here" : null].filter(Boolean)
        .map((column) => element("th", { scope: "col", class: column === "Documents" && "num" }, label(column))))),
      element("tbody", {}, words.map((one) => element("tr", {}, element("td", {}, name(one.begin)),
        element("td", { class: "num" }, one.documents.toLocaleString(data.language)),
        element("td", {}, one.words.join(", ")), own ? element("td", {}, one.distinctive.join(", ")) : null))))));
}

function periodName(start, unit) {
  if (unit === "year" || unit === "decade") return start.slice(0, 4);
  if (unit === "quarter") return `${start.slice(0, 4)} Q${Math.floor((Number(start.slice(5, 7)) - 1) / 3) + 1}`;
  return unit === "month" ? start.slice(0, 7) : start;
}
