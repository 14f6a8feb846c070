"use strict";
// One question at a time; answers are kept in localStorage and downloaded as CSV.
const data = JSON.parse(document.getElementById("data").textContent);
const total = data.questions.length;
const tasks = [...new Set(data.questions.map((question) => question.task))];
const place = `theta-coding-${data.kit}-${data.coder}`;
const state = { at: -1, answers: {} };
let saves = true;

function text(name, values = {}) {
  return data.texts[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);
}

// Texts become text nodes only: nothing is parsed as HTML.
function element(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null) node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((child) => child !== null));
  return node;
}

function restore() {
  try {
    const saved = JSON.parse(localStorage.getItem(place) ?? "null");
    if (saved) Object.assign(state.answers, saved.answers);
    save();
  } catch { saves = false; }
}

function save() {
  try { localStorage.setItem(place, JSON.stringify({ answers: state.answers })); saves = true; }
  catch { saves = false; }
}

function isOpen(question) { return state.answers[question.id] === undefined; }
function openQuestions() { return data.questions.filter(isOpen); }
function go(at) { state.at = Math.max(-1, Math.min(total, at)); show(); }
function goToOpen() { go(data.questions.findIndex(isOpen)); }

function choose(question, answer) {
  state.answers[question.id] = answer;
  save();
  show();
}

function download() {
  const rows = data.questions.map(({ id }) => `${id},${state.answers[id] ?? ""}`);
  // Without the byte-order mark, spreadsheets do not read the file as UTF-8.
  const file = new Blob(["\ufeffid,answer\r\n" + rows.join("\r\n") + "\r\n"], { type: "text/csv" });
  const link = element("a", { href: URL.createObjectURL(file), download: data.file });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function choicesOf(question) {
  if (question.task === "rating") {
    return ["1", "2", "3"].map((value) => [value, text(`rate_${value}`)]);
  }
  return question.options.map((option, i) => [String.fromCharCode(65 + i), option]);
}

function saved() {
  return element("p", { class: saves ? "soft" : "warn", role: "status" }, text(saves ? "saved" : "not_saved"));
}

function introduction() {
  const began = openQuestions().length < total;
  return element("div", { class: "card" },
    element("p", {}, text("intro")), tasks.map((task) => element("p", {}, text(`how_${task}`))),
    element("p", {}, text("rules")), element("p", {}, text("how_page")),
    element("p", { class: "bar" }, element("button", { type: "button", class: "main", id: "start",
      onclick: () => (openQuestions().length ? goToOpen() : go(total)) }, text(began ? "continue" : "start"))));
}

function questionCard(question) {
  const choices = choicesOf(question);
  const narrow = question.task === "words" || question.task === "rating";
  const part = text("part", { n: tasks.indexOf(question.task) + 1, total: tasks.length, name: text(question.task) });
  return element("div", { class: narrow ? "card narrow" : "card" },
    element("p", { class: "soft" }, part),
    element("h2", { id: "question" }, text(`ask_${question.task}`)),
    question.text ? element("p", { class: "shown" }, question.text) : null,
    element("fieldset", { "aria-labelledby": "question" }, choices.map(([value, option]) => element("label", {},
      element("input", { type: "radio", name: "answer", value, checked: state.answers[question.id] === value,
        onchange: () => choose(question, value) }),
      element("b", {}, value), element("span", {}, option)))),
    element("p", { class: "soft" }, text("keys", { keys: choices.map(([value]) => value).join(" ") })));
}

function ending() {
  const left = openQuestions().length;
  return element("div", { class: "card" },
    element("p", { id: "ending" }, left ? text("not_done", { n: left, total }) : text("all_done", { total })),
    left ? element("button", { type: "button", id: "open", onclick: goToOpen }, text("to_open")) : null);
}

function show() {
  const question = data.questions[state.at];
  const answered = total - openQuestions().length;
  const body = state.at < 0 ? introduction() : question ? questionCard(question) : ending();
  document.querySelector("main")?.remove();
  document.body.append(element("main", {},
    element("h1", {}, data.title),
    element("progress", { max: total, value: answered, "aria-label": text("progress", { n: answered, total }) }),
    body,
    element("div", { class: "bar" },
      element("button", { type: "button", id: "previous", disabled: state.at < 0, onclick: () => go(state.at - 1) }, "← " + text("previous")),
      element("button", { type: "button", id: "next", class: question && !isOpen(question) && "main", disabled: state.at >= total,
        onclick: () => go(state.at + 1) }, text("next") + " →"),
      question ? element("span", { class: "soft", id: "progress" }, text("progress", { n: state.at + 1, total })) : null,
      element("span", { class: "gap" }),
      element("button", { type: "button", id: "download", class: answered === total && "main", disabled: !answered, onclick: download },
        text("download"))),
    saved()));
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const question = data.questions[state.at];
  const key = event.key.toUpperCase();
  if (event.key === "ArrowLeft") { event.preventDefault(); go(state.at - 1); }
  else if (event.key === "ArrowRight") { event.preventDefault(); go(state.at + 1); }
  else if (question && choicesOf(question).some(([value]) => value === key)) choose(question, key);
});

restore();
show();
