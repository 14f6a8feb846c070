"""Names of topics by a language model: what is asked, and which answers are names."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from theta.models.naming.by_model import TopicTexts, ask_for_names, clean_name, prompt, why_refused

VOCABULARY = {"space", "shuttle", "orbit", "hockey", "nba", "楼市", "房价"}


def refused(answer: str, language: str = "en") -> str:
    return why_refused(answer, language, VOCABULARY.__contains__)


@pytest.mark.parametrize(
    ("answer", "language", "name"),
    [
        ("Space Shuttle", "en", "Space Shuttle"),
        ('**"Space shuttle missions."**', "en", "Space shuttle missions"),
        ("Topic: Space  shuttle", "en", "Space shuttle"),
        ("<think>Planes?\nNo.</think>\nSpace flight", "en", "Space flight"),
        ("Ice Hockey Playoffs", "en", "Ice Hockey Playoffs"),
        ("NBA", "zh", "NBA"),
        ("楼市与房价", "zh", "楼市与房价"),
        ("主题：房价", "zh", "房价"),
        ("Weltraum", "und", "Weltraum"),
        ("क्रिकेट मैच", "und", "क्रिकेट मैच"),
        ("می\u200cخواهم", "und", "می\u200cخواهم"),
        ("C++ & C# (R&D)", "und", "C++ & C# (R&D)"),
    ],
)
def test_names(answer: str, language: str, name: str) -> None:
    assert refused(answer, language) == ""
    assert clean_name(answer) == name


@pytest.mark.parametrize(
    ("answer", "language", "problem"),
    [
        ("", "en", "it is empty"),
        ("  ** ", "en", "it is empty"),
        ("<think>Space</think>", "en", "it is empty"),
        ("42", "en", "it has no letters"),
        ("I'm sorry, but I cannot help", "en", "it is a refusal"),
        ("As an AI language model", "en", "it is a refusal"),
        ("抱歉，我无法回答", "zh", "it is a refusal"),
        ("Space\nOrbit", "en", "it has 2 lines"),
        ("\x1b[31mspace\x1b[0m", "en", "it has the character '\\x1b'"),
        ("space \u202eorbit", "en", "it has the character '\\u202e'"),
        ("<think>space orbit", "en", "it has the character '<'"),
        ("{'space': 1}", "en", "it has the character '{'"),
        ("=space", "en", "it has the character '='"),
        ("All about the space shuttle orbit", "en", "it has 6 words, more than 5"),
        ("space" * 13, "en", "it has 65 characters, more than 60"),
        ("房价楼市" * 6, "zh", "it has 24 characters, more than 20"),
        ("航天飞机", "en", "it is not in the language of the texts (english)"),
        ("Raumfahrt und Forschungsgeschichte", "en", "it is not in the language of the texts"),
        ("The real estate market", "zh", "it is not in the language of the texts (chinese)"),
    ],
)
def test_answers_that_are_no_names(answer: str, language: str, problem: str) -> None:
    assert problem in refused(answer, language)


def topics(n: int) -> list[TopicTexts]:
    return [TopicTexts(10 + k, [f"word{k}", "space"], [f"Text {k}."]) for k in range(n)]


def names_of(
    answer: Callable[[str], str], n: int, taken: tuple[str, ...] = ()
) -> tuple[dict[int, str], list[tuple[int, str, str]], list[str]]:
    asked: list[str] = []

    def ask(question: str) -> str:
        asked.append(question)
        return answer(question)

    names, answers = ask_for_names(topics(n), ask, "en", VOCABULARY.__contains__, taken)
    told = [(one.topic, one.answer, one.refused) for one in answers]
    return {number: name.name for number, name in names.items()}, told, asked


def test_the_question_has_words_documents_and_language() -> None:
    question = prompt(topics(1)[0], "fr", {})
    assert "word0, space" in question
    assert "Document 1: Text 0." in question
    assert "at most 5 words in French" in question


def test_a_clash_is_asked_again_with_the_other_topic_shown() -> None:
    def answer(question: str) -> str:
        if "space is taken by another topic, which has the words word0, space" in question:
            return "Space shuttle"
        return "space" if "word1" in question else "Space"

    names, told, asked = names_of(answer, 2)
    assert names == {10: "Space", 11: "Space shuttle"}
    assert told == [
        (10, "Space", ""),
        (11, "space", "another topic has this name"),
        (11, "Space shuttle", ""),
    ]
    assert len(asked) == 3


def test_names_stay_unique_however_the_model_insists() -> None:
    names, told, _ = names_of(lambda question: "Space", 4, taken=("SPACE shuttle",))
    assert names == {10: "Space"}
    assert [refused for _, _, refused in told[1:]] == ["another topic has this name"] * 6
    names, _, _ = names_of(lambda question: "Space shuttle", 1, taken=("SPACE shuttle",))
    assert names == {}


def test_nonsense_is_not_asked_for_again() -> None:
    names, told, asked = names_of(lambda question: "", 2)
    assert names == {}
    assert told == [(10, "", "it is empty"), (11, "", "it is empty")]
    assert len(asked) == 2
