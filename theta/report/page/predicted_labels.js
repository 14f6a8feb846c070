// Confusion matrix of the labels predicted for test documents.
const MAX_LABELS_WITH_COUNTS = 40;

function predictedLabelsSection() {
  const { names, counts, f1 } = data.labelPredictions;
  const totals = counts.map((row) => row.reduce((sum, n) => sum + n, 0));
  const n = totals.reduce((sum, total) => sum + total, 0).toLocaleString(data.language);
  const metrics = data.metrics.filter((metric) => metric.name.endsWith("@test") && metric.value !== null);
  return section("labels", label("Predicted labels of test documents"),
    metrics.length ? element("dl", { class: "facts label-metrics" }, metrics.map((metric) => element("div", { title: metric.definition },
      element("dt", {}, metric.name), element("dd", {}, number(metric.value)),
      element("dd", { class: "small soft" }, metric.meaning)))) : null,
    element("p", { class: "soft small" }, label("{n} test documents whose labels were not used in training. Colour: share of the row; framed cells: correct predictions.", { n })),
    element("div", { class: "table-box confusion" }, element("table", { class: names.length > 12 ? "many" : false },
      element("thead", {}, element("tr", {},
        element("td", { class: "corner small soft" }, label("Row: label of the document. Column: predicted label.")),
        names.map((name) => element("th", { scope: "col", title: name }, element("span", {}, name))),
        [label("Documents"), "F1"].map((name) => element("th", { scope: "col", class: "total" }, element("span", {}, name))))),
      element("tbody", {}, counts.map((row, i) => element("tr", {},
        element("th", { scope: "row", title: names[i] }, names[i]),
        row.map((count, j) => predictedCell(count, totals[i], names[i], names[j], i === j)),
        element("td", { class: "num total" }, totals[i].toLocaleString(data.language)),
        element("td", { class: "num total" }, f1[i] === null ? "–" : f1[i].toFixed(2))))))));
}

// Coloured by the share of the row, so that rare labels are as easy to read as frequent ones.
function predictedCell(count, total, name, predicted, correct) {
  // The square root makes a few errors visible beside many correct predictions.
  const intensity = total ? Math.sqrt(count / total) : 0;
  const properties = { class: correct && "right", title: label("{count} of {total} documents labelled {name} were predicted as {predicted}", { count, total, name, predicted }) };
  if (count) {
    properties.style = {
      background: `color-mix(in srgb, rgb(var(--heat-high)) ${(100 * intensity).toFixed(1)}%, rgb(var(--heat-low)))`,
      color: `var(${intensity > 0.5 ? "--heat-light-ink" : "--heat-dark-ink"})`,
    };
  }
  return element("td", properties, count && data.labelPredictions.names.length <= MAX_LABELS_WITH_COUNTS ? count.toLocaleString(data.language) : "");
}
