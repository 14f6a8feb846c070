// The sections of the page in order.
function trainingSection() {
  const names = [...new Set(data.history.flatMap(Object.keys))].filter((name) => name !== "epoch");
  const epochs = data.history.map((entry, i) => entry.epoch ?? i);
  return section("training", label("Training"),
    data.bestEpoch === null ? null : element("p", { class: "soft small" }, label("Dashed: epoch {epoch}, whose weights were kept.", { epoch: data.bestEpoch })),
    element("div", { class: "curves" }, names.map((name) => element("div", {}, element("h3", {}, data.curves[name] ?? name),
      lineChart({ values: data.history.map((entry) => entry[name] ?? null), names: epochs.map(String),
        best: epochs.indexOf(data.bestEpoch), title: data.curves[name] ?? name })))));
}

function settingsSection() {
  const command = element("pre", { id: "command" }, data.command);
  const copy = element("button", { type: "button", class: "no-print", onclick: async () => {
    try { await navigator.clipboard.writeText(data.command); copy.textContent = label("Copied"); }
    catch { getSelection().selectAllChildren(command); }  // pages opened from disk cannot use the clipboard
  } }, label("Copy"));
  return section("settings", label("Settings"),
    data.command ? [element("h3", {}, label("Command to repeat this run")), command, copy] : null,
    data.settings.map(([name, rows]) => element("details", { open: rows.length <= 12 },
      element("summary", {}, name),
      element("table", {}, element("tbody", {}, rows.map(([key, value]) =>
        element("tr", {}, element("th", { scope: "row" }, key), element("td", {}, value))))))));
}

function themeButton() {
  const root = document.documentElement;
  root.dataset.theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  return element("button", { type: "button", id: "theme", title: label("Light / dark"), "aria-label": label("Light / dark"), onclick: () => {
    root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
    drawAll();
  } }, "◐");
}

function drawAll() { if (data.map) drawMap(); drawHeat(); drawPlane(); }

const sections = kind === "topics" ? [topicSection()] : [
  overviewSection(), topicsSection(), data.described.length ? describedSection() : null,
  data.moves ? movesSection() : null, topicSection(),
  data.map ? mapSection() : null,
  data.similarity && data.topics.length > 1 ? similaritySection() : null,
  data.overTime ? trendsSection() : null,
  data.hierarchy ? hierarchySection() : null,
  data.correlations ? relationsSection() : null,
  data.effects ? effectsSection() : null,
  data.labelPredictions ? predictedLabelsSection() : null,
  data.history.some((entry) => Object.keys(entry).some((name) => name !== "epoch")) ? trainingSection() : null,
  settingsSection(),
].filter(Boolean);

document.body.append(
  element("div", { class: "bar-top" },
    element("nav", {}, sections.filter((part) => part.id !== "topic")
      .map((part) => element("a", { href: "#" + part.id }, part.querySelector("h2").textContent))),
    searchBox(), themeButton()),
  element("main", {}, element("header", { class: "head" }, element("h1", {}, data.title)), sections),
  reader, tip);

showTopic(openTopic);
if (data.map) applyFilter();
drawHeat();

addEventListener("resize", drawAll);
// Canvases are drawn in the light theme for printing.
let screenTheme = null;
addEventListener("beforeprint", () => {
  screenTheme = document.documentElement.dataset.theme;
  document.documentElement.dataset.theme = "light";
  drawAll();
});
addEventListener("afterprint", () => { document.documentElement.dataset.theme = screenTheme; drawAll(); });
document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, select, textarea, dialog, canvas") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/") { document.getElementById("search").focus(); event.preventDefault(); }
  else if (event.key === "ArrowLeft") document.getElementById("topic").stepTopic(-1);
  else if (event.key === "ArrowRight") document.getElementById("topic").stepTopic(1);
});
