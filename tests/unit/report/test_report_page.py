from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from tests.runs import make_run, topic_count_estimate
from theta.contracts import Metric
from theta.errors import InvalidOption
from theta.evaluation.health import check_health
from theta.evaluation.topic_flags import TopicFlag
from theta.i18n import Message, page_labels
from theta.report.build import build_report, build_topic_browser
from theta.report.content import content
from theta.report.words import N_WORDS


class Page(HTMLParser):
    """The elements of a page and the text of its scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.raw: dict[str, list[str]] = {"script": [], "style": [], "title": []}
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self._inside = tag
        if tag in self.raw:
            self.raw[tag].append("")

    def handle_endtag(self, tag):
        self._inside = ""

    def handle_data(self, data):
        if self._inside in self.raw:
            self.raw[self._inside][-1] += data

    @property
    def data(self):
        return json.loads(self.raw["script"][0])


@pytest.fixture
def page(shown):
    return Page(build_report(shown))


def test_only_the_shell_is_html_whatever_the_data_say(page):
    assert [tag for tag, _ in page.tags] == [
        "html", "head", "meta", "meta", "meta", "meta", "title", "style", "body", "noscript",
        "script", "script",
    ]  # fmt: skip
    assert page.raw["title"] == ["Title with <b>markup</b> · LDA · 3 topics"]


def test_the_data_element_holds_no_character_that_html_or_old_javascript_reads(shown):
    text = build_report(shown)
    embedded = re.search(r'id="data">(.*?)</script>', text, re.DOTALL).group(1)
    assert not set("<>&\u2028\u2029") & set(embedded)


def test_texts_arrive_unchanged(page, hostile_text):
    assert hostile_text in page.data["docs"]["texts"]
    assert page.data["groups"][0]["names"] == ["<i>left</i>", "right"]


def test_the_page_refers_to_nothing_outside_of_itself(shown):
    text = build_report(shown)
    page = Page(text)
    for _, attributes in page.tags:
        assert not {"src", "href", "srcset", "action"} & set(attributes)
    # The only address is the name of the SVG namespace, which is never fetched.
    program = page.raw["script"][1] + page.raw["style"][0]
    assert set(re.findall(r"https?://[^\"' )]+", program)) == {"http://www.w3.org/2000/svg"}
    for word in ("@import", "url(", "fetch(", "XMLHttpRequest", "innerHTML", "eval(", "WebSocket"):
        assert word not in program


def test_the_policy_allows_this_script_and_no_other(page):
    policy = next(a["content"] for _, a in page.tags if a.get("http-equiv"))
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for kind, text in (("script-src", page.raw["script"][1]), ("style-src", page.raw["style"][0])):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind} 'sha256-{digest}'" in policy


def test_numbers_of_the_run(page, run):
    topics = page.data["topics"]
    assert [t["share"] for t in topics] == pytest.approx(run.doc_topic.mean(axis=0), rel=1e-3)
    assert topics[1]["stability"] == 0.2
    assert topics[1]["stable"] is False
    assert topics[0]["nearest"] == [[1, 0.8], [2, 0.1]]
    assert page.data["overTime"]["mean"][2][0] is None  # too few documents: nothing is invented
    assert page.data["metrics"][1]["value"] is None
    assert page.data["metrics"][1]["reason"] == "no document was held out"
    assert page.data["history"][0] == {"epoch": 0, "reconstruction": 9.0, "kl": None}


def test_top_words_are_those_of_the_runs_own_ranking(page, run):
    for topic, ids in zip(page.data["topics"], run.top_words(N_WORDS), strict=True):
        own = [topic["words"][place] for place in topic["own"]]
        assert own == [run.vocabulary[v] for v in ids]
        assert topic["top"] == own[:10]


def test_a_guided_topic_tells_its_name_and_where_its_seed_words_ended(page):
    free, guided, _ = page.data["topics"]
    assert (free["name"], free["seeds"]) == ("", None)
    assert guided["name"] == "<b>sport</b>"
    assert guided["seeds"] == {"ranks": [["word3", 2], ["word9", 57]], "missing": ["absent"]}


def test_names_tell_where_they_come_from(page):
    free, guided, by_model = page.data["topics"]
    assert by_model["name"] == "<img src=x> & others"
    assert by_model["named"].startswith("Named by a language model")
    assert (free["named"], guided["named"]) == ("", "")


def test_the_hierarchy_has_its_places_names_and_words(page, hostile_text):
    hierarchy = page.data["hierarchy"]
    assert hierarchy["order"] == [2, 0, 1]
    assert hierarchy["places"] == [[0, 1], [0, 2], [0, 0], [0.2222, 1.5], [1, 0.75]]
    first, last = hierarchy["groups"]
    assert (first["children"], first["name"], first["words"]) == (
        [0, 1],
        hostile_text,
        [hostile_text, "word"],
    )
    assert (last["children"], last["topics"], last["share"]) == ([2, 3], 3, 1)


def test_predicted_labels_are_counted_label_by_label(page, run):
    assert page.data["labelPredictions"] == {
        "names": ["<i>left</i>", "right"],
        "counts": [[3, 1], [0, 2]],
        "f1": [0.857, 0.8],
    }
    run.classification = None
    assert content(run, "en")["labelPredictions"] is None


def test_the_estimate_and_the_health_of_the_run(run):
    run.topic_count = topic_count_estimate(22)
    run.health = check_health(
        np.tile([0.25, 0.25, 0.5], (40, 1)),
        np.arange(30).reshape(3, 10),
        [],
        {"num_topics": 3, "kl_end": 2.0},
    )
    data = content(run, "en")
    estimate = data["topicCount"]
    assert estimate["sentence"].startswith("22 topics; 11 to 27 cannot be told apart")
    assert estimate["number"] in estimate["grid"]
    assert len(estimate["grid"]) == len(estimate["worth"]) == len(estimate["low"])
    first, *_ = data["health"]["findings"]
    assert first["message"].startswith("40 of 40 documents have nearly the topic shares")
    assert first["flags"] == "--kl_end 1"
    assert first["command"].startswith("python run_pipeline.py --dataset")
    in_chinese = content(run, "zh")
    assert "22 个主题" in in_chinese["topicCount"]["sentence"]
    assert "40 篇文档" in in_chinese["health"]["findings"][0]["message"]


def test_a_flagged_topic_is_shown_with_the_evidence_and_what_cures_it(run):
    message = Message(
        "topic {number} is made of texts in another language: {language}",
        number=1,
        language="Finnish",
    )
    run.topic_flags = [TopicFlag("other_language", (1,), message, {"drop": 1})]
    (flag,) = content(run, "en")["health"]["topics"]
    assert flag["message"] == "topic 1 is made of texts in another language: Finnish"
    assert (flag["topics"], flag["title"]) == ([1], "other language")
    assert (flag["step"], flag["flags"]) == ("- drop: 1", "")
    # Read from a file, the message is a plain text.
    run.topic_flags = [
        TopicFlag.of_record({**run.topic_flags[0].record(), "message": str(message)})
    ]
    (flag,) = content(run, "zh")["health"]["topics"]
    assert flag["message"] == "主题 1 由另一种语言的文本构成：Finnish"
    assert flag["title"] == "其他语言"


def test_definitions_and_reasons_are_chinese_on_a_chinese_page(run):
    reason = "there are no test documents"
    run.metrics = [
        Metric("PPL", None, "accuracy of guessing; 5 labelled test documents", reason=reason)
    ]
    data = content(run, "zh")
    assert data["metrics"][0]["reason"] == "没有测试文档"
    assert data["metrics"][0]["definition"] == "正确率：guessing；5 篇有标签的测试文档"


def test_effects_are_shown_term_by_term(page, run):
    shown = page.data["effects"]
    assert "40 documents; least squares" in shown["method"]
    terms = {view["term"]: view for view in shown["views"]}
    assert list(terms) == ["side", "age", "spline(height, 3)", "side:age"]
    (panel,) = terms["side"]["panels"]
    assert panel["name"] == "side: r − <i>l</i>"
    numbers = next(q for q in run.effects.quantities if q.name == "side" and not q.at).numbers
    assert panel["estimate"] == pytest.approx(numbers.estimate, rel=1e-4)
    assert [line["name"] for line in terms["side:age"]["lines"]] == ["side <i>l</i>", "side r"]
    curve = terms["spline(height, 3)"]
    assert len(curve["names"]) == len(curve["lines"][0]["estimate"]) == 25
    assert len(curve["lines"][0]["low"][0]) == 3


def test_topics_over_time_have_a_curve_and_words(page, run):
    over = page.data["overTime"]
    assert over["starts"] == [f"200{year}-01-01" for year in range(1, 6)]
    assert over["counts"][0] == 3
    assert over["smooth"][0][0] is None  # the curve begins at the first mean
    assert over["smooth"][0][1] == pytest.approx(run.over_time.shares.smooth[0][1], abs=1e-4)
    assert over["topics"][1]["words"][0]["words"] == ["<b>", "word1"]
    assert over["topics"][0]["words"] == []
    assert "taken as known" in over["method"]
    assert "change points need 6 periods" in over["notes"][0].lower()


def test_parts_without_data_are_left_out(run):
    run.document_map, run.over_time, run.groups, run.metrics = None, None, [], []
    run.effects = None
    data = Page(build_report(content(run, "en"))).data
    assert data["map"] is None
    assert data["effects"] is None
    assert data["overTime"] is None
    assert data["groups"] == []
    assert data["metrics"] == []
    assert len(data["docs"]["texts"]) == 40  # a sample is searched where there is no map


def test_the_same_data_give_the_same_page(run):
    assert build_report(content(run, "en")) == build_report(content(run, "en"))


def test_a_broken_surrogate_in_a_text_does_not_break_the_page(run):
    run.texts[1] = "half an emoji \ud83d"
    build_report(content(run, "en")).encode("utf-8")


@pytest.mark.parametrize("num_topics", [1, 2, 100])
def test_any_number_of_topics(num_topics):
    random = np.random.default_rng(0)
    topic_word = random.dirichlet(np.full(50, 0.1), size=num_topics)
    doc_topic = random.dirichlet(np.ones(num_topics), size=20)
    run = make_run(doc_topic, topic_word, texts=["a text"] * 20, document_map=None)
    assert len(Page(build_report(content(run, "en"))).data["topics"]) == num_topics


def test_every_label_of_the_page_is_translated():
    from importlib import resources

    folder = resources.files("theta.report") / "page"
    asked = set()
    for file in folder.iterdir():
        if file.name.endswith(".js"):
            asked |= set(re.findall(r'label\("([^"]+)"', file.read_text(encoding="utf-8")))
    assert asked
    assert asked <= set(page_labels("zh"))


def test_a_language_without_labels_is_refused(run):
    with pytest.raises(InvalidOption, match="en, zh"):
        content(run, "xx")


def test_the_topic_browser_holds_no_documents(shown):
    page = Page(build_topic_browser(shown))
    assert page.data["docs"] is None
    assert len(page.data["topics"]) == 3
