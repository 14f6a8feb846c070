"""Which languages a corpus is read in, and with which stop words and segmenters."""

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
"""Rows at the head of a corpus that its language is judged by."""

_SAMPLE = 1_000
"""Documents among them that are looked at."""

_OF_CHUNK = 20
"""Texts of each later chunk that are looked at when all are read."""

_CONTRADICTED = 0.5
"""Share of the sampled documents in other languages from which a language that was given is
doubted."""


class WordRules(NamedTuple):
    """How the words of a corpus are found.

    Attributes
    ----------
    decision : Decision
    tokens : tuple of TokenRules
        One for each language, the main one first.
    notes : tuple of str
        What a user should know, one line each.
    """

    decision: Decision
    tokens: tuple[TokenRules, ...]
    notes: tuple[str, ...]


def read_head(chunks: Iterator[RowChunk]) -> list[RowChunk]:
    """Take the rows that the language is judged by from the front of a corpus."""
    head: list[RowChunk] = []
    while sum(map(len, head)) < _SAMPLED_ROWS and (chunk := next(chunks, None)):
        head.append(chunk)
    return head


def find_word_rules(head: Sequence[RowChunk], settings: CorpusSettings) -> WordRules:
    """Return the rules for a corpus that begins with some rows.

    Parameters
    ----------
    head : sequence of RowChunk
    settings : CorpusSettings

    Raises
    ------
    InvalidOption
        If the language is not known, or its segmenter is not installed.
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
            if not tokens or decision.share is None:  # the main language, or asked for
                raise
            notes.append(f"{error}; until then they are cut as {language_name(tokens[0].language)}")
            continue
        notes.append(segmenter.advice)
        if not listed_stop_words(code) and code != UNDETERMINED:
            notes.append(
                f"no stop words are known for {language_name(code)}: list some in a file and name "
                "it with --stopwords"
            )
        if settings.lemmatize and code != UNDETERMINED and find_lemmatizer(code) is None:
            notes.append(
                f"--lemmatize knows no dictionary forms for {language_name(code)}: its words stay "
                "as written"
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


class LanguageSample:
    """Texts from all over a corpus whose rules were found from its head.

    Files that are sorted by language begin with one and go on with another.
    """

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._step = 1
        self._chunks = 0

    def add(self, texts: Sequence[str]) -> None:
        """Take a few texts of a chunk."""
        self._chunks += 1
        if self._chunks % self._step:
            return
        present = [text for text in texts if text]
        self._texts += present[:: max(len(present) // _OF_CHUNK, 1)][:_OF_CHUNK]
        if len(self._texts) > 2 * _SAMPLE:
            self._texts = self._texts[::2]
            self._step *= 2

    def warning(self, found: WordRules, settings: CorpusSettings) -> str:
        """Return a warning if there are languages that the rules do not know, else ""."""
        if settings.language != "auto":
            return ""
        known = [tokens.language for tokens in found.tokens]
        shares = accepted_languages(self._texts)
        others = [language_name(code) for code in shares if code not in known]
        if not others:
            return ""
        everything = ",".join([*map(language_name, known), *others])
        everything = everything.removeprefix(f"{language_name(UNDETERMINED)},")
        return (
            f"the first {_SAMPLED_ROWS:,} rows did not show that documents are also in "
            f"{', '.join(others)}: prepare again with --language {everything}"
        )


def _decide(texts: Sequence[str], settings: CorpusSettings) -> Decision:
    sample = texts[:: max(len(texts) // _SAMPLE, 1)][:_SAMPLE]
    if settings.clean:
        sample = [clean_text(text) for text in sample]
    found = decide_language(sample)
    if settings.language == "auto":
        return found
    codes = language_codes(settings.language)
    named = ", ".join(map(language_name, codes))
    return Decision(
        codes[0], None, f"{named} (as given)", codes, _contradiction(found, codes, settings)
    )


def _contradiction(found: Decision, given: Iterable[str], settings: CorpusSettings) -> str:
    """Return a warning if a language that was given is not that of most texts."""
    others = {code: share for code, share in found.shares.items() if code not in given}
    share = sum(others.values())
    if share < _CONTRADICTED or UNDETERMINED in given:
        return ""
    listed = ", ".join(f"{language_name(code)} {part:.0%}" for code, part in others.items())
    return (
        f"--language {settings.language}, but the sampled documents look like other languages "
        f"({listed}): set --language {language_name(max(others, key=others.__getitem__))} or auto "
        "if that is right"
    )
