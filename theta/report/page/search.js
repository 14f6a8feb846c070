// One search over topics and documents.
function searchBox() {
  const hits = element("div", { class: "hits", hidden: true, id: "hits" });
  const input = element("input", { type: "search", id: "search", placeholder: label("Search topics and documents"), "aria-label": label("Search topics and documents"),
    "aria-controls": "hits", autocomplete: "off", title: label("Press / to search, ← → to switch topics") });
  const close = () => { hits.hidden = true; };
  const go = (action) => () => { close(); action(); };
  const render = () => {
    const wanted = input.value.trim().toLowerCase();
    if (!wanted) { close(); return; }
    const topics = data.topics.filter((topic) => topicWords(topic).some((word) => word.toLowerCase().includes(wanted))
      || topic.name.toLowerCase().includes(wanted) || String(topic.number) === wanted);
    const docs = data.docs ? data.docs.texts.map((text, i) => [text, i])
      .filter(([text, i]) => text.toLowerCase().includes(wanted) || data.docs.ids[i].toLowerCase() === wanted) : [];
    const pattern = new RegExp(wanted.replace(/[.*+?^${}()|[\]\\\/-]/g, "\\$&"), "giu");
    hits.replaceChildren(
      ...(topics.length ? [element("h3", {}, label("Topics ({n})", { n: topics.length }))] : []),
      ...topics.slice(0, 20).map((topic) => element("button", { type: "button", "data-hit": "topic", onclick: go(() => showTopic(topic.id, true)) },
        dot(topic.id), marked(hitName(topic, wanted), pattern))),
      ...(docs.length ? [element("h3", {}, label("Documents ({n} of the {shown} on this page)", { n: docs.length.toLocaleString(), shown: data.docs.texts.length.toLocaleString() }))] : []),
      ...docs.slice(0, 40).map(([text, i]) => {
        const at = Math.max(0, text.toLowerCase().indexOf(wanted) - 50);
        return element("button", { type: "button", "data-hit": "document", onclick: go(() => showDocument(i)) },
          dot(data.docs.main[i][0]), element("span", { class: "soft" }, data.docs.ids[i] + " "),
          marked((at ? "…" : "") + shorten(text.slice(at), 150), pattern));
      }));
    if (!topics.length && !docs.length) hits.append(element("p", { class: "soft" }, label("No results")));
    hits.hidden = false;
  };
  input.addEventListener("input", render);
  input.addEventListener("focus", render);
  const box = element("div", { class: "search" }, input, hits);
  box.addEventListener("keydown", (event) => {
    const choices = [...hits.querySelectorAll("button")];
    const at = choices.indexOf(document.activeElement);
    if (event.key === "Escape") { close(); input.focus(); }
    else if (event.key === "ArrowDown" && choices.length) choices[Math.min(at + 1, choices.length - 1)].focus();
    else if (event.key === "ArrowUp" && at >= 0) (choices[at - 1] ?? input).focus();
    else if (event.key === "Enter" && document.activeElement === input && choices.length) choices[0].click();
    else return;
    event.preventDefault();
  });
  document.addEventListener("pointerdown", (event) => { if (!box.contains(event.target)) close(); });
  return box;
}

// The words by which a topic can be found: the first in the run's ranking.
function topicWords(topic) {
  return topic.own.map((i) => topic.words[i]);
}

// The topic's name and, if a later word matched, that word.
function hitName(topic, wanted) {
  const found = topicWords(topic).findIndex((word) => word.toLowerCase().includes(wanted));
  return topicName(topic, 8) + (found < 8 ? "" : " … " + topicWords(topic)[found]);
}
