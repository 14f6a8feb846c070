// The run, its metrics, and the list of topics.
function overviewSection() {
  const facts = element("dl", { class: "facts" },
    data.facts.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value))));
  const cardsOf = (metrics) => element("div", { class: "metrics" }, metrics.map((metric) => element("div", { class: "metric" },
    element("span", { class: "soft" }, metric.title, metric.better ? ` · ${metric.better}` : ""),
    metric.value === null
      ? element("strong", { class: "none" }, label("not computed"))
      : element("strong", {}, number(metric.value)),
    metric.reason ? element("p", { class: "small none" }, metric.reason) : null,
    metric.interval ? element("p", { class: "small soft" },
      label(metric.perTopic ? "95 % interval over topics: {low} to {high}" : "95 % interval over documents: {low} to {high}", { low: number(metric.interval[0]), high: number(metric.interval[1]) })) : null,
    metric.meaning ? element("p", { class: "small" }, metric.meaning) : null,
    element("details", {}, element("summary", {}, label("Definition")), element("p", { class: "small" }, metric.definition)))));
  return section("overview", label("Overview"),
    element("h3", {}, label("The run")), facts,
    topicCountPanel(), healthPanel(),
    data.metrics.length ? [element("h3", {}, label("Quality")), cardsOf(data.metrics), unfolded()] : null,
    data.coded.length ? [element("h3", {}, label("Judged by coders")), cardsOf(data.coded)] : null);
}

// The metrics of the words without folding of their forms, for --fold_forms.
function unfolded() {
  const values = Object.entries(data.unfolded).filter(([, value]) => value !== null);
  if (!values.length) return null;
  const text = values.map(([name, value]) => `${name} ${number(value)}`).join(" · ");
  return element("p", { class: "small soft", id: "unfolded" }, label("Without folding the forms of words (--fold_forms): {values}", { values: text }));
}

// The estimated number of topics and its curve, for --num_topics auto.
function topicCountPanel() {
  const found = data.topicCount;
  if (!found) return null;
  const chart = found.grid.length ? lineChart({
    values: found.worth, band: [found.low, found.high], names: found.grid.map(String),
    best: found.grid.indexOf(found.number), title: label("Topics that return and can be read, less ½ each"),
  }) : null;
  return element("div", { id: "topic-count" }, element("h3", {}, label("Number of topics")), element("p", {}, found.sentence),
    chart ? element("p", { class: "soft small" }, label("Topics that return and can be read, less ½ each")) : null, chart);
}

// Signs of a bad run, each with the command to try.
function healthPanel() {
  const { summary, findings, topics } = data.health;
  return element("div", { id: "health" }, element("h3", {}, label("Health")), element("p", { class: "small" }, summary),
    findings.length || topics.length ? null : element("p", { class: "small soft" }, label("No sign of a bad run.")),
    findings.map(({ message, flags, command }) => element("div", {},
      element("p", { class: "small warn" }, message, flags ? ` · ${label("try {flags}", { flags })}` : ""),
      command ? element("details", {}, element("summary", { class: "small" }, label("The command")),
        element("pre", {}, command)) : null)),
    topics.map((flag) => element("p", { class: "small warn" }, flagText(flag))));
}

function flagText({ message, step, flags }) {
  const edit = `theta edit: ${step}`;
  return `${message} · ${label("try {flags}", { flags: flags ? `${edit} | prepare_data.py ${flags}` : edit })}`;
}

const flagsOf = (topic) => data.health.topics.filter((flag) => flag.topics.includes(topic.number));

// The list shows coherence, the expected rating and coders' scores; the other metrics are shown with each topic.
const listed = [...data.metrics.filter((metric) => metric.perTopic
  && ["NPMI", "C_V", "embedding_coherence", "expected_rating"].includes(metric.name)), ...data.coded];

const topicColumns = [
  { name: "No.", style: "key", key: (t) => t.number, cell: (t) => [dot(t.id), String(t.number)] },
  { name: "Share", key: (t) => -t.share, numeric: true,
    cell: (t) => [element("span", { class: "meter" }, element("i", { style: { width: 100 * t.share / largestShare + "%" } })), element("span", { class: "amount" }, percent(t.share))] },
  ...(data.topics.some((t) => t.name) ? [{ name: "Name", style: "key", key: (t) => t.name, cell: (t) => [t.name] }] : []),
  { name: "Top words", style: "wide", key: (t) => t.top.join(" "), cell: (t) => [t.top.join(", ")] },
  ...(data.health.topics.length ? [{ name: "Flags", style: "key", key: (t) => -flagsOf(t).length,
    cell: (t) => [flagsOf(t).map((flag) => flag.title).join(", ")] }] : []),
  ...listed.map((metric) => ({ name: metric.title, numeric: true,
    key: (t) => -(metric.perTopic[t.id] ?? -Infinity), cell: (t) => [metric.perTopic[t.id] === null ? "–" : metric.perTopic[t.id].toFixed(3)] })),
  ...(data.topics.some((t) => t.stability !== null) ? [{ name: "Stability", numeric: true, help: "How well the topic is reproduced by a training with another seed",
    key: (t) => -(t.stability ?? -1),
    cell: (t) => [number(t.stability, 2), t.stable === null ? "" : " " + label(t.stable ? "stable" : "not stable")] }] : []),
  // Topics with the lowest-ranked seed words come first: they need attention.
  ...(guided ? [{ name: "Seed words", key: (t) => (t.seeds ? -(t.seeds.ranks.at(-1)?.[1] ?? 0) : 1), cell: (t) => [seedChips(t)] }] : []),
];
const largestShare = Math.max(...data.topics.map((topic) => topic.share));
let sorting = { column: 1, reverse: false };

function topicsSection() {
  const head = element("thead"), body = element("tbody");
  const render = () => {
    const { key } = topicColumns[sorting.column];
    const order = [...data.topics].sort((a, b) => {
      const [x, y] = [key(a), key(b)];
      return (x < y ? -1 : x > y ? 1 : a.id - b.id) * (sorting.reverse ? -1 : 1);
    });
    head.replaceChildren(element("tr", {}, topicColumns.map((column, i) => element("th", {
      scope: "col", class: column.numeric && "num", title: column.help && label(column.help),
      "aria-sort": i === sorting.column ? (sorting.reverse ? "descending" : "ascending") : "none",
    }, element("button", { type: "button", onclick: () => {
      sorting = { column: i, reverse: i === sorting.column && !sorting.reverse };
      render();
    } }, label(column.name).replace(/_(?=\w{3})/g, "_\u200b"), i === sorting.column ? (sorting.reverse ? " ▴" : " ▾") : "")))));
    body.replaceChildren(...order.map((topic) => element("tr", {
      class: "pick", tabindex: 0, "data-topic": topic.id, "aria-selected": topic.id === openTopic,
      onclick: () => showTopic(topic.id, true),
      onkeydown: (event) => { if (event.key === "Enter") showTopic(topic.id, true); },
    }, topicColumns.map((column) => element("td", { class: column.numeric ? "num" : column.style }, column.cell(topic))))));
  };
  render();
  return section("topics", label("Topics"),
    element("p", { class: "soft small no-print" }, label("Click a column header to sort, a topic to see its words and documents.")),
    guided ? seedLegend(data.topics) : null,
    element("div", { class: "table-box" }, element("table", {}, head, body)));
}
