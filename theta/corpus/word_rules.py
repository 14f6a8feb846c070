"""The languages of a corpus, with their stop words and segmenters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from theta.corpus.clean import clean_text
from theta.corpus.documents import RowChunk
from theta.corpus.languages import (
    UNDETERMINED,
    language_codes,
    language_name,
    listed_stop_words,
    read_stop_words,
    stop_words,
)
from theta.corpus.lemmas import find_lemmatizer
from theta.corpus.recognition import Decision, accepted_languages, decide_language
from theta.corpus.segmenters import find_segmenter
from theta.corpus.settings import CorpusSettings
from theta.corpus.tokenize import TokenRules
from theta.errors import InvalidOption

_SAMPLED_ROWS = 20_000
"""Number of first rows from which the language of a corpus is determined."""

_SAMPLE = 1_000
"""Number of sampled documents among them."""

_OF_CHUNK = 20
"""Number of texts sampled from each later chunk."""

_CONTRADICTED = 0.5
"""Share of sampled documents in other languages from which the user's language is doubted."""


class WordRules(NamedTuple):
    """The rules for the words of a corpus.

    Attributes
    ----------
    decision : Decision
    tokens : tuple of TokenRules
        One for each language, the main one first.
    notes : tuple of str
        Notes for the user, one line each.
    """

    decision: Decision
    tokens: tuple[TokenRules, ...]
    notes: tuple[str, ...]


def read_head(chunks: Iterator[RowChunk]) -> list[RowChunk]:
    """Take the first rows of a corpus, from which the language is determined."""
    head: list[RowChunk] = []
    while sum(map(len, head)) < _SAMPLED_ROWS and (chunk := next(chunks, None)):
        head.append(chunk)
    return head


def find_word_rules(head: Sequence[RowChunk], settings: CorpusSettings) -> WordRules:
    """Return the rules for a corpus with some first rows.

    Parameters
    ----------
    head : sequence of RowChunk
    settings : CorpusSettings

    Raises
    ------
    InvalidOption
        If the language is unknown, or its segmenter is not installed.
    """
    texts = [text for rows in head for text in rows.texts if text]
    decision = _decide(texts, settings)
    own = read_stop_words(settings.stopwords) if settings.stopwords else frozenset()
    tokens: list[TokenRules] = []
    notes = [decision.warning]
    for code in decision.languages:
        try:
            segmenter = find_segmenter(code)
        except InvalidOption as error:
            if not tokens or decision.share is None:  # the main language, or named by the user
                raise
            notes.append(
                f"{error}; until then they are split as {language_name(tokens[0].language)}"
            )
            continue
        notes.append(segmenter.advice)
        if not listed_stop_words(code) and code != UNDETERMINED:
            notes.append(
                f"there are no stop words for {language_name(code)}: list some in a file and pass "
                "it with --stopwords"
            )
        if settings.lemmatize and code != UNDETERMINED and find_lemmatizer(code) is None:
            notes.append(
                f"--lemmatize has no dictionary for {language_name(code)}: its words stay as "
                "written"
            )
        tokens.append(
            TokenRules(
                language=code,
                stop_words=stop_words(code) | own,
                lowercase=settings.lowercase,
                keep_numbers=settings.keep_numbers,
                lemmatize=settings.lemmatize,
                segmenter=segmenter.name,
            )
        )
    return WordRules(decision, tuple(tokens), tuple(filter(None, notes)))


def sampled_texts(texts: Sequence[str]) -> list[str]:
    """Return a few of the texts of a chunk."""
    present = [text for text in texts if text]
    return present[:: max(len(present) // _OF_CHUNK, 1)][:_OF_CHUNK]


class LanguageSample:
    """A sample of all texts of a corpus, to check rules derived from its first rows.

    Files that are sorted by language start with one language and continue with another.
    """

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._step = 1
        self._chunks = 0

    def add(self, texts: Sequence[str]) -> None:
        """Add the sampled texts of a chunk."""
        self._chunks += 1
        if self._chunks % self._step:
            return
        self._texts += texts
        if len(self._texts) > 2 * _SAMPLE:
            self._texts = self._texts[::2]
            self._step *= 2

    def warning(self, rules: WordRules, settings: CorpusSettings) -> str:
        """Return a warning if there are languages that the rules do not cover, or else ""."""
        if settings.language != "auto":
            return ""
        known = rules.decision.languages
        shares = accepted_languages(self._texts)
        others = [language_name(code) for code in shares if code not in known]
        if not others:
            return ""
        everything = ",".join([*map(language_name, known), *others])
        everything = everything.removeprefix(f"{language_name(UNDETERMINED)},")
        return (
            f"after the first {_SAMPLED_ROWS:,} rows there are also documents in "
            f"{', '.join(others)}: prepare again with --language {everything}"
        )


def _decide(texts: Sequence[str], settings: CorpusSettings) -> Decision:
    sample = texts[:: max(len(texts) // _SAMPLE, 1)][:_SAMPLE]
    if settings.clean:
        sample = [clean_text(text) for text in sample]
    detected = decide_language(sample)
    if settings.language == "auto":
        return detected
    codes = language_codes(settings.language)
    named = ", ".join(map(language_name, codes))
    return Decision(
        codes[0], None, f"{named} (as given)", codes, _contradiction(detected, codes, settings)
    )


def _contradiction(detected: Decision, named: Iterable[str], settings: CorpusSettings) -> str:
    """Return a warning if most texts are not in the languages that the user named."""
    others = {code: share for code, share in detected.shares.items() if code not in named}
    share = sum(others.values())
    if share < _CONTRADICTED or UNDETERMINED in named:
        return ""
    listed = ", ".join(f"{language_name(code)} {part:.0%}" for code, part in others.items())
    return (
        f"--language {settings.language}, but the sampled documents look like other languages "
        f"({listed}): set --language {language_name(max(others, key=others.__getitem__))} or auto "
        "if that is right"
    )
