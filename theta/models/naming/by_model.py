"""Names of topics by a language model on a server."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from theta.corpus.languages import DENSE_LANGUAGES, language_name, stop_words
from theta.corpus.recognition import language_probabilities
from theta.embeddings.api_client import REQUESTS_AT_ONCE, without_thoughts
from theta.models.naming.names import FROM_MODEL, TopicName, invisible_characters

MOST_WORDS = 5
_MOST_CHARACTERS = 60
_MOST_DENSE_CHARACTERS = 20
"""Most characters of a name in a language that is written without spaces, such as Chinese."""

N_TEXTS = 4
"""Typical documents of a topic that the model sees."""

TEXT_LENGTH = 400
"""Characters of a document that the model sees."""

_N_WORDS = 15
"""Top words that the model sees."""

_TIMES_ASKED = 3
"""Most requests for the name of a topic: one, and two after clashes."""

_LEAST_PROBABLE = 0.01
"""Probability of the language of the texts below which a name is in another one."""

_PREFIX = re.compile(r"(?i)^\W*(?:topic|name|title|label|answer|主题|名称|标题|答案)\s*[:：]\s*")
_MARKUP = frozenset("<>{}[]|=\\")

_QUOTES = " \t*_`#\"'“”‘’«»「」《》.。:：-–—"
_REFUSAL = re.compile(
    r"(?i)\bsorry\b|\bi (?:cannot|can't|can not|am unable|don't|do not)\b|\bas an ai\b"
    r"|\blanguage model\b|抱歉|对不起|无法|不能|人工智能"
)


@dataclass(frozen=True)
class TopicTexts:
    """What a language model sees of a topic.

    Attributes
    ----------
    number : int
    words : sequence of str
        Top words, best first.
    texts : sequence of str
        Excerpts of typical documents.
    """

    number: int
    words: Sequence[str]
    texts: Sequence[str]


@dataclass(frozen=True)
class Answer:
    """One answer of a language model.

    Attributes
    ----------
    topic : int
    prompt, answer : str
    refused : str
        Why it is no name; empty if it is one.
    """

    topic: int
    prompt: str
    answer: str
    refused: str


def prompt(topic: TopicTexts, language: str, clashes: Mapping[str, Sequence[str]]) -> str:
    """Return the question for the name of a topic.

    Parameters
    ----------
    topic : TopicTexts
    language : str
        ISO 639-1 code of the texts.
    clashes : mapping of str to sequence of str
        Names that it must not have, with the top words of the topics that have them.
    """
    lines = [
        "The documents of a collection were sorted into topics. Give one topic a short name.",
        "",
        f"Words of the topic: {', '.join(topic.words[:_N_WORDS])}",
        "",
        *(f"Document {n}: {text}" for n, text in enumerate(topic.texts, start=1)),
        "",
    ]
    for name, words in clashes.items():
        of = f", which has the words {', '.join(words[:_N_WORDS])}" if words else ""
        lines.append(f"The name {name} is taken by another topic{of}. Tell the two apart.")
    named = "" if language == "und" else f" in {language_name(language).capitalize()}"
    lines.append(
        f"Answer with the name only: at most {MOST_WORDS} words{named}, without a full stop."
    )
    return "\n".join(lines)


def clean_name(answer: str) -> str:
    """Return a name without what models put around it: quotes, asterisks, "Topic:"."""
    name = _PREFIX.sub("", without_thoughts(answer))
    return " ".join(name.strip(_QUOTES).split())


def why_refused(answer: str, language: str, known: Callable[[str], bool]) -> str:
    """Return why an answer is not the name of a topic; empty if it is.

    Parameters
    ----------
    answer : str
    language : str
        ISO 639-1 code of the texts.
    known : callable
        Returns whether a word, in lower case, is one of the texts.
    """
    lines = [line for line in without_thoughts(answer).splitlines() if line.strip()]
    name = clean_name(answer)
    if not any(map(str.isalpha, name)):
        return "it has no letters" if name else "it is empty"
    if _REFUSAL.search(" ".join(lines)):
        return "it is a refusal"
    if len(lines) > 1:
        return f"it has {len(lines)} lines"
    strange = [*invisible_characters(name), *(sign for sign in name if sign in _MARKUP)]
    if strange:
        return f"it has the character {strange[0]!r}"
    n_words = len(name.split())
    if n_words > MOST_WORDS:
        return f"it has {n_words} words, more than {MOST_WORDS}"
    dense = language in DENSE_LANGUAGES and not name.isascii()
    longest = _MOST_DENSE_CHARACTERS if dense else _MOST_CHARACTERS
    if len(name) > longest:
        return f"it has {len(name)} characters, more than {longest}"
    if not _is_in(language, name, known):
        return f"it is not in the language of the texts ({language_name(language)})"
    return ""


def _is_in(language: str, name: str, known: Callable[[str], bool]) -> bool:
    """Return whether a name is made of words of the texts, or may be in their language."""
    if language == "und":
        return True
    listed = stop_words(language)
    words = [word for word in re.findall(r"\w+", name.lower()) if word not in listed]
    if 2 * sum(map(known, words)) >= len(words):
        return True
    return language_probabilities(name).get(language, 0.0) >= _LEAST_PROBABLE


def ask_for_names(
    topics: Sequence[TopicTexts],
    ask: Callable[[str], str],
    language: str,
    known: Callable[[str], bool],
    taken: Collection[str],
) -> tuple[dict[int, TopicName], list[Answer]]:
    """Return the names that a language model gives, by topic number, and all its answers.

    A topic whose answers are refused, or repeat the names of others, has no name.

    Parameters
    ----------
    topics : sequence of TopicTexts
    ask : callable
        Returns the answer to a question; called from several threads.
    language, known
        As in `why_refused`.
    taken : collection of str
        Names that no topic may get.
    """
    with ThreadPoolExecutor(REQUESTS_AT_ONCE, thread_name_prefix="label") as pool:
        first = pool.map(lambda topic: ask(prompt(topic, language, {})), topics)
        waiting = list(zip(topics, first, strict=True))
    used: dict[str, Sequence[str]] = {name.casefold(): () for name in taken}
    names: dict[int, TopicName] = {}
    answers: list[Answer] = []
    for topic, text in waiting:
        clashes: dict[str, Sequence[str]] = {}
        while True:
            name, refused = clean_name(text), why_refused(text, language, known)
            is_clash = not refused and name.casefold() in used
            if is_clash:
                refused = "another topic has this name"
            answers.append(Answer(topic.number, prompt(topic, language, clashes), text, refused))
            if not is_clash or name in clashes or len(clashes) + 1 == _TIMES_ASKED:
                break
            clashes[name] = used[name.casefold()]
            text = ask(prompt(topic, language, clashes))
        if not refused:
            names[topic.number] = TopicName(name, FROM_MODEL)
            used[name.casefold()] = topic.words
    return names, answers
