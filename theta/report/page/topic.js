// One topic: words by relevance, typical documents, shares over time and by group, similar topics.
let openTopic = [...data.topics].sort((a, b) => b.share - a.share)[0].id;
let weight = data.stops.reduce((best, stop) =>
  Math.abs(stop - data.relevance) < Math.abs(best - data.relevance) ? stop : best);

function topicSection() {
  return element("section", { id: "topic", "aria-live": "polite" });
}

function showTopic(id, scroll = false) {
  openTopic = id;
  const topic = data.topics[id];
  const panel = document.getElementById("topic");
  const byShare = [...data.topics].sort((a, b) => b.share - a.share).map((t) => t.id);
  const step = (by) => showTopic(byShare[(byShare.indexOf(openTopic) + by + byShare.length) % byShare.length]);
  const select = element("select", { "aria-label": label("Topic"), onchange: (event) => showTopic(Number(event.target.value)) },
    byShare.map((k) => element("option", { value: k, selected: k === id }, shorten(topicName(data.topics[k]), 60))));
  refill(panel,
    element("div", { class: "topic-head" },
      element("h2", {}, dot(id), `${label("Topic")} ${topic.number} ${topic.name ? isolated(topic.name) + " " : ""}· ${percent(topic.share)}`),
      element("button", { type: "button", class: "no-print", "aria-label": label("Previous topic"), title: label("Previous topic"), onclick: () => step(-1) }, "←"),
      element("span", { class: "no-print" }, select),
      element("button", { type: "button", class: "no-print", "aria-label": label("Next topic"), title: label("Next topic"), onclick: () => step(1) }, "→")),
    topic.named ? element("p", { class: "soft small" }, topic.named) : null,
    flagsOf(topic).map((flag) => element("p", { class: "small warn" }, flagText(flag))),
    element("div", { class: "columns" },
      element("div", {}, seedPanel(topic), wordsPanel(topic), neighbours(topic), otherMetrics(topic)),
      element("div", {}, data.docs ? typicalPanel(topic) : planePanel())),
    sharesPanel(topic), data.overTime ? wordsByPeriod(topic) : null);
  drawPlane();
  panel.stepTopic = step;
  for (const row of document.querySelectorAll("tr[data-topic]")) {
    row.setAttribute("aria-selected", String(Number(row.dataset.topic) === id));
  }
  if (scroll) panel.scrollIntoView({ block: "start" });
}

// All lists of top words use the run's ranking; relevance is a separate view.
let ownRanking = true;
function wordsPanel(topic) {
  const list = element("div", { class: "words" });
  const help = element("p", { class: "soft small" });
  const output = element("output", { for: "relevance" }, weight.toFixed(1));
  const seeds = new Set(topic.seeds ? topic.seeds.ranks.map(([word]) => word) : []);
  const render = () => {
    const score = topic.words.map((_, i) =>
      Math.log(topic.beta[i]) - (1 - weight) * Math.log(topic.corpus[i]));
    const order = ownRanking ? topic.own
      : score.map((_, i) => i).sort((a, b) => score[b] - score[a]).slice(0, data.nWords);
    const high = Math.max(...order.map((i) => Math.max(topic.beta[i], topic.corpus[i])));
    list.replaceChildren(...order.map((i) => element("div", {
      class: "word", title: `${topic.words[i]} · ${label("probability in the topic")} ${number(topic.beta[i])} · ${label("share in the corpus")} ${number(topic.corpus[i])}`,
    }, element("span", { class: seeds.has(topic.words[i]) && "seed" }, topic.words[i]), element("span", { class: "track" },
      element("i", { style: { width: 100 * topic.beta[i] / high + "%" } }),
      element("b", { style: { width: 100 * topic.corpus[i] / high + "%" } })))));
    output.textContent = weight.toFixed(1);
    help.textContent = (ownRanking ? data.ranking : label("A separate view, used nowhere else on the page. λ = 1: the most probable words of the topic; 0: the words most specific to it (Sievert & Shirley 2014).")) + " " + label("Blue: probability in the topic. Grey: share in the corpus.");
  };
  const choose = (own) => { ownRanking = own; render(); };
  const choice = (own, text) => element("label", {},
    element("input", { type: "radio", name: "ranking", value: own ? "own" : "relevance", checked: ownRanking === own,
      onchange: () => choose(own) }), " ", text);
  const byRelevance = choice(false, label("by relevance λ"));
  const slider = element("input", { type: "range", id: "relevance", "aria-label": label("by relevance λ"),
    min: 0, max: data.stops.length - 1, step: 1, value: data.stops.indexOf(weight),
    oninput: (event) => {
      weight = data.stops[event.target.value];
      byRelevance.firstChild.checked = true;
      choose(false);
    } });
  render();
  return element("div", {}, element("h3", {}, label("Words")),
    element("fieldset", { class: "ranking small" }, element("legend", { class: "soft" }, label("Order of the words")),
      choice(true, label("the run's ranking")),
      element("span", {}, byRelevance, " ", output, slider)),
    help, list);
}

function neighbours(topic) {
  if (!topic.nearest.length) return null;
  return element("div", {}, element("h3", { style: { marginTop: "1rem" } }, label("Most similar topics")),
    element("ul", { class: "chips" }, topic.nearest.map(([k, similarity]) => element("li", {},
      element("button", { type: "button", onclick: () => showTopic(k) }, dot(k), topicLabel(data.topics[k]), " ",
        element("span", { class: "soft small" }, number(similarity, 2)))))));
}

function otherMetrics(topic) {
  const rows = [...data.metrics, ...data.coded].filter((metric) => metric.perTopic)
    .map((metric) => [metric.title, number(metric.perTopic[topic.id])]);
  if (topic.stability !== null) {
    rows.push([label("Stability"), `${number(topic.stability, 2)} ${topic.stable === null ? "" : label(topic.stable ? "stable" : "not stable")}`]);
  }
  if (!rows.length) return null;
  return element("dl", { class: "facts", style: { marginTop: "1rem" } },
    rows.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value))));
}

// Texts with a topic's words marked. Scripts without spaces between words are matched anywhere.
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
function matcher(words) {
  const quoted = [...words].sort((a, b) => b.length - a.length).map((word) => {
    const safe = word.replace(/[.*+?^${}()|[\]\\\/-]/g, "\\$&").replaceAll("_", "[_\\s]");
    return UNSPACED.test(word) ? safe : `(?<![\\p{L}\\p{N}])${safe}(?![\\p{L}\\p{N}])`;
  });
  return quoted.length ? new RegExp(quoted.join("|"), "giu") : null;
}

function marked(text, pattern) {
  if (!pattern) return [text];
  const parts = [];
  let end = 0;
  for (const hit of text.matchAll(pattern)) {
    if (!hit[0]) continue;
    parts.push(text.slice(end, hit.index), element("mark", {}, hit[0]));
    end = hit.index + hit[0].length;
  }
  parts.push(text.slice(end));
  return parts;
}

// The beginning of a text, or the context of its first marked word if that comes late.
function excerpt(text, pattern) {
  const at = pattern ? text.search(pattern) : -1;
  if (at <= 250) return shorten(text, 700);
  const space = text.slice(at - 80, at).search(/\s/);
  return "… " + shorten(text.slice(at - 80 + space + 1), 700);
}

function typicalPanel(topic) {
  const pattern = matcher(topicWords(topic).slice(0, data.nTop));
  return element("div", {}, element("h3", {}, label("Most typical documents")),
    element("p", { class: "soft small" }, label("The documents with the largest weight; the topic's top words are marked.")),
    topic.typical.map((doc) => {
      const rank = data.docs.main[doc].indexOf(topic.id);
      return element("div", { class: "doc" },
        element("div", { class: "small soft" },
          element("button", { type: "button", class: "id", onclick: () => showDocument(doc) }, data.docs.ids[doc]),
          rank < 0 ? "" : ` · ${label("weight")} ${percent(data.docs.weights[doc][rank], 0)}`, groupText(doc)),
        element("p", { class: "clamp" }, marked(excerpt(data.docs.texts[doc], pattern), pattern)));
    }));
}

function groupText(doc) {
  return data.groups.map((group) => {
    const code = data.docs.groups[group.name][doc];
    return code < 0 ? "" : ` · ${group.name}: ${group.names[code]}`;
  }).join("");
}

function sharesPanel(topic) {
  const panels = [];
  if (data.overTime) panels.push(topicOverTime(topic));
  for (const group of data.groups) {
    const rows = group.shown.map((code) => ({
      name: group.names[code], count: group.counts[code].toLocaleString(data.language), value: group.mean[topic.id][code],
      low: group.low[topic.id][code], high: group.high[topic.id][code],
    }));
    if (!group.ordered) rows.sort((a, b) => (b.value ?? -1) - (a.value ?? -1));
    panels.push(element("div", {}, element("h3", {}, label("By {name}", { name: group.name })),
      element("p", { class: "soft small" }, label("Mean share, with 95 % interval; number of documents in brackets.")),
      barChart({ rows, title: label("By {name}", { name: group.name }) }),
      group.names.length > group.shown.length
        ? element("p", { class: "soft small" }, label("{n} more values with fewer documents are not shown.", { n: (group.names.length - group.shown.length).toLocaleString(data.language) })) : null));
  }
  return panels.length ? element("div", { class: "columns even", style: { marginTop: "1.2rem" } }, panels) : null;
}

// The whole text of one document.
const reader = element("dialog", { "aria-label": label("Document") });
function showDocument(doc) {
  const main = data.topics[data.docs.main[doc][0]];
  const close = element("button", { type: "button", onclick: () => reader.close() }, label("Close"));
  refill(reader,
    element("h2", {}, `${label("Document")} ${data.docs.ids[doc]}`),
    element("p", { class: "soft small" }, groupText(doc).replace(/^ · /, "")),
    element("ul", { class: "chips" }, data.docs.main[doc].map((k, i) => data.docs.weights[doc][i] < 0.01 && i ? null : element("li", {},
      element("button", { type: "button", onclick: () => { reader.close(); showTopic(k, true); } }, dot(k),
        topicLabel(data.topics[k]), " ", element("span", { class: "soft small" }, percent(data.docs.weights[doc][i], 0)))))),
    element("p", { class: "text" }, marked(data.docs.texts[doc], matcher(topicWords(main).slice(0, data.nTop)))),
    data.docs.texts[doc].length > data.docs.length
      ? element("p", { class: "soft small" }, label("Texts are truncated after {length} characters.", { length: data.docs.length })) : null, close);
  reader.showModal();
  close.focus();
}
