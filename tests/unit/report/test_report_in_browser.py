"""The page in headless Chromium: what a reader does, and that nothing goes wrong on the way."""

from __future__ import annotations

import shutil

import pytest

from theta.contracts import Metric
from theta.models.naming.names import FROM_MODEL, TopicName
from theta.report.build import build_report, build_topic_browser
from theta.report.content import content
from theta.report.facts import ranking
from theta.report.words import N_WORDS

pytestmark = pytest.mark.slow

_PATIENCE = 240_000
"""Milliseconds: a page needs less than one second, but tests may run on a busy machine."""

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="module")
def chromium():
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed (pip install '.[browser]')"
    )
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("chromium is not installed (apt-get install chromium)")
    with playwright.sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=program, args=FLAGS, timeout=_PATIENCE)
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium, tmp_path):
    """Open a page from disk; at the end nothing must have been said, asked or requested."""
    trouble = []
    tabs = []

    def open_page(text, scheme="light"):
        path = tmp_path / "report.html"
        path.write_text(text, encoding="utf-8")
        tab = chromium.new_page(color_scheme=scheme, viewport={"width": 1200, "height": 900})
        tabs.append(tab)
        tab.set_default_timeout(_PATIENCE)
        tab.on("console", lambda message: trouble.append(message.text))
        tab.on("pageerror", lambda error: trouble.append(str(error)))
        tab.on("dialog", lambda dialog: trouble.append(f"dialog: {dialog.message}"))
        tab.on(
            "request",
            lambda request: trouble.append(request.url) if request.url != path.as_uri() else None,
        )
        tab.goto(path.as_uri())
        tab.wait_for_selector("#topic h2")
        return tab

    yield open_page
    for tab in tabs:
        tab.close()
    assert trouble == []


def test_every_section_is_there_and_a_hostile_text_is_text(opened, run, hostile_text):
    tab = opened(build_report(content(run, "en")))
    names = (
        "overview",
        "topics",
        "topic",
        "map",
        "similarity",
        "hierarchy",
        "effects",
        "training",
        "settings",
    )
    for name in names:
        assert tab.locator(f"#{name}").is_visible()
    assert tab.locator("b, i img, u, img").filter(has_text="left").count() == 0
    tab.fill("#search", "alert(1)")
    tab.locator("[data-hit=document]").first.click()
    shown = tab.locator("dialog p.text").text_content()
    assert shown.split() == hostile_text.split()
    assert tab.locator("main script, dialog script, img").count() == 0
    assert "null" not in tab.inner_text("body")
    assert "undefined" not in tab.inner_text("body")


def test_the_search_finds_topics_and_documents(opened, run):
    tab = opened(build_report(content(run, "en")))
    tab.keyboard.press("/")
    word = run.vocabulary[run.top_words(N_WORDS)[2, 0]]
    tab.keyboard.type(word)
    found = tab.locator("[data-hit=topic]")
    assert found.count() >= 1
    assert all(word in text for text in found.all_inner_texts())
    last = run.vocabulary[run.top_words(N_WORDS)[2, -1]]
    tab.fill("#search", last)
    assert last in found.all_inner_texts()[0]
    tab.fill("#search", "number 17")
    assert tab.locator("[data-hit=document]").count() == 1
    tab.fill("#search", "no such text anywhere")
    assert "No results" in tab.inner_text("#hits")


def test_the_filters_of_the_map_count_what_they_leave(opened, run):
    tab = opened(build_report(content(run, "en")))
    assert tab.inner_text("#map-count") == "30 of 30 documents match"
    main = run.doc_topic[:30].argmax(axis=1)
    tab.select_option("#filter-topic", "1")
    assert tab.inner_text("#map-count") == f"{(main == 1).sum()} of 30 documents match"
    tab.click("text=Show all")
    tab.fill("#filter-text", "number 1")  # 1, 10 … 19
    assert tab.inner_text("#map-count") == "11 of 30 documents match"
    tab.click("text=Show all")
    assert tab.inner_text("#map-count") == "30 of 30 documents match"


def test_words_stand_in_the_runs_order_until_the_slider_is_moved(opened, run):
    tab = opened(build_report(content(run, "en")))
    tab.select_option("#topic select", "0")
    words = lambda: tab.locator(".word > span:first-child").all_inner_texts()  # noqa: E731
    own = [run.vocabulary[v] for v in run.top_words(N_WORDS)[0]]
    assert words() == own
    assert ranking(run, "en") in tab.inner_text("#topic")
    slider = tab.locator("#relevance")
    assert slider.input_value() == "6"
    slider.fill("10")
    assert tab.locator("[name=ranking][value=relevance]").is_checked()
    assert words()[0] == run.vocabulary[run.topic_word[0].argmax()]
    tab.check("[name=ranking][value=own]")
    assert words() == own


def test_seed_words_are_shown_with_their_ranks(opened, run):
    tab = opened(build_report(content(run, "en")))
    tab.select_option("#topic select", "1")
    assert "<b>sport</b>" in tab.inner_text("#topic h2")
    for place in ("#seeds", "tr[data-topic='1']"):
        chips = {kind: tab.locator(f"{place} li.{kind}") for kind in ("near", "far", "missing")}
        assert {kind: chip.inner_text() for kind, chip in chips.items()} == {
            "near": "word3 2",
            "far": "word9 57",
            "missing": "absent –",
        }
    tab.select_option("#topic select", "0")
    assert tab.locator("#seeds").count() == 0
    tab.fill("#search", "sport")
    assert tab.locator("[data-hit=topic]").count() == 1
    run.output.facts.pop("seed_words")
    del run.guided  # is found once per run
    tab = opened(build_report(content(run, "en")))
    assert tab.locator(".seeds").count() == 0


def test_effects_are_chosen_by_term(opened, run):
    tab = opened(build_report(content(run, "en")))
    assert tab.locator("#effects svg circle").count() == 3
    tab.select_option("#effect-term", "3")
    assert tab.locator("#effects svg").count() == 3
    assert tab.locator("#effects svg polyline").count() == 6
    assert "side <i>l</i>" in tab.inner_text("#effects .legend")


def test_the_confusion_matrix(opened, run):
    run.metrics = [Metric("accuracy@test", 0.833, "accuracy of the model's own label head")]
    tab = opened(build_report(content(run, "en")))
    rows = tab.locator("#labels tbody tr")
    assert rows.nth(0).locator("td").all_inner_texts() == ["3", "1", "4", "0.86"]
    assert rows.nth(1).locator("td").all_inner_texts() == ["", "2", "2", "0.80"]
    assert tab.locator("#labels td.right").all_inner_texts() == ["3", "2"]
    assert "0.833" in tab.inner_text("#labels dl")
    run.classification = None
    tab = opened(build_report(content(run, "en")))
    assert tab.locator("#labels").count() == 0


def test_topics_are_gone_through_and_sorted_with_the_keyboard(opened, run):
    tab = opened(build_report(content(run, "en")))
    order = [str(k) for k in (-run.doc_topic.mean(axis=0)).argsort()]
    shown = lambda: tab.locator("#topic select").input_value()  # noqa: E731
    assert shown() == order[0]
    tab.keyboard.press("ArrowRight")
    assert shown() == order[1]
    tab.keyboard.press("ArrowLeft")
    assert shown() == order[0]
    tab.locator("#topics th button").first.press("Enter")
    rows = tab.locator("tr[data-topic]").evaluate_all("rows => rows.map((r) => r.dataset.topic)")
    assert rows == ["0", "1", "2"]


def test_dark_and_light(opened, run):
    tab = opened(build_report(content(run, "en")), "dark")
    colour = "getComputedStyle(document.body).backgroundColor"
    dark = tab.evaluate(colour)
    tab.click("#theme")
    assert tab.evaluate(colour) != dark


def test_chinese(opened, run):
    run.texts = ["基金市场快讯" if "number 5" in text else text for text in run.texts]
    tab = opened(build_report(content(run, "zh")))
    assert tab.locator("h2").first.inner_text() == "概览"
    tab.fill("#search", "市场")
    assert tab.locator("[data-hit=document] mark").first.inner_text() == "市场"


def test_a_name_from_right_to_left_leaves_the_numbers_in_their_places(opened, run):
    run.automatic_names = {2: TopicName("ميزانية", FROM_MODEL)}
    tab = opened(build_report(content(run, "en")))
    assert tab.locator("#topic option", has_text="ميزانية").count() == 1
    tab.select_option("#topic select", "2")
    # Where each character of the heading stands, in pixels from the left.
    places = tab.evaluate(
        """() => {
          const text = document.querySelector("#topic h2").lastChild;
          const range = document.createRange();
          return [...text.data].map((char, i) => {
            range.setStart(text, i); range.setEnd(text, i + 1);
            return [char, range.getBoundingClientRect().left];
          });
        }"""
    )
    left = dict(reversed(places))  # of each character, its first place in the text
    assert left["2"] < left["م"] < left["·"] < left["%"]


def test_the_topic_browser(opened, run):
    tab = opened(build_topic_browser(content(run, "en")))
    tab.locator("#plane g[role=button]").last.click()
    assert tab.locator(".word").count() == 30
