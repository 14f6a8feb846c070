// The labels told of test documents: how often rightly, and which were taken for which.
const COUNTED_LABELS = 40;

function toldSection() {
  const { names, counts, f1 } = data.told;
  const totals = counts.map((row) => row.reduce((sum, n) => sum + n, 0));
  const n = totals.reduce((sum, total) => sum + total, 0).toLocaleString(data.language);
  const judged = data.metrics.filter((metric) => metric.name.endsWith("@test") && metric.value !== null);
  return section("labels", label("told_labels"),
    judged.length ? element("dl", { class: "facts told-facts" }, judged.map((metric) => element("div", { title: metric.definition },
      element("dt", {}, metric.name), element("dd", {}, number(metric.value)),
      element("dd", { class: "small soft" }, metric.meaning)))) : null,
    element("p", { class: "soft small" }, label("told_help", { n })),
    element("div", { class: "table-box confusion" }, element("table", { class: names.length > 12 ? "many" : false },
      element("thead", {}, element("tr", {},
        element("td", { class: "corner small soft" }, label("told_rows")),
        names.map((name) => element("th", { scope: "col", title: name }, element("span", {}, name))),
        [label("documents"), "F1"].map((name) => element("th", { scope: "col", class: "total" }, element("span", {}, name))))),
      element("tbody", {}, counts.map((row, i) => element("tr", {},
        element("th", { scope: "row", title: names[i] }, names[i]),
        row.map((count, j) => toldCell(count, totals[i], names[i], names[j], i === j)),
        element("td", { class: "num total" }, totals[i].toLocaleString(data.language)),
        element("td", { class: "num total" }, f1[i] === null ? "–" : f1[i].toFixed(2))))))));
}

// Coloured by its share of the row, so that a rare label is as easy to read as a frequent one.
function toldCell(count, total, name, told, right) {
  // The root, so that the few that went wrong can be seen beside the many that did not.
  const depth = total ? Math.sqrt(count / total) : 0;
  const properties = { class: right && "right", title: label("told_cell", { count, total, name, told }) };
  if (count) {
    properties.style = {
      background: `color-mix(in srgb, rgb(var(--heat-high)) ${(100 * depth).toFixed(1)}%, rgb(var(--heat-low)))`,
      color: `var(${depth > 0.5 ? "--heat-light-ink" : "--heat-dark-ink"})`,
    };
  }
  return element("td", properties, count && data.told.names.length <= COUNTED_LABELS ? count.toLocaleString(data.language) : "");
}
