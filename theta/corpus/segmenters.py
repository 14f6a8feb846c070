"""The segmenter of a language: at separators, or a library for scripts without spaces."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

from theta.corpus.languages import language_name
from theta.corpus.separators import words_between_separators
from theta.errors import InvalidOption
from theta.libraries import load_library

Segment = Callable[[str], Sequence[str]]
"""Maps a text to its words: substrings in reading order, without separators."""


SPACES = "spaces"
"""Name of the segmenter that splits at separators."""


class Segmenter(NamedTuple):
    """How texts are split into words.

    Attributes
    ----------
    name : str
        `SPACES`, or the names of the segmenter's packages for pip.
    segment : callable
    parted_by_spaces : bool
        Whether words are split at separators.
    advice : str
        How to get better words; empty if there is no way.
    """

    name: str
    segment: Segment
    parted_by_spaces: bool
    advice: str = ""


class _NotInstalled(InvalidOption):
    """The library of a segmenter is not installed."""


def _library(module: str) -> Any:
    return load_library(module, _NotInstalled(f"{module} is not installed"))


def find_segmenter(language: str, name: str = "") -> Segmenter:
    """Return the segmenter of a language.

    Parameters
    ----------
    language : str
        ISO 639-1 code.
    name : str
        Name of the segmenter of an existing corpus, so that new texts are split in the same way;
        empty for the best one that is installed.

    Raises
    ------
    InvalidOption
        If a segmenter is required, by `name` or for a language without spaces between words, and
        is not installed.
    """
    packages, build, advice = _SEGMENTERS.get(language, (SPACES, None, ""))
    if name not in ("", SPACES, packages):
        raise InvalidOption(
            f"the corpus was split into words by {name}, but this version uses {packages}: prepare "
            "the data and train again"
        )
    if build is None or name == SPACES:
        return Segmenter(SPACES, words_between_separators, True, advice)
    try:
        return Segmenter(packages, build(), parted_by_spaces=False)
    except _NotInstalled as error:
        if advice and not name:
            advice = f"{advice}: pip install {packages}, then prepare again"
            return Segmenter(SPACES, words_between_separators, True, advice)
        raise InvalidOption(
            f"{language_name(language).capitalize()} words need a segmenter: pip install {packages}"
        ) from error


def _has_letters(word: str) -> bool:
    return any(character.isalnum() for character in word)


def _chinese() -> Segment:
    tokenizer, simplified = _jieba(), simplified_chinese()

    def segment(text: str) -> list[str]:
        words, end = [], 0
        # jieba returns every character and the conversion keeps the length, so offsets match.
        for word in tokenizer(simplified(text.translate(_FULL_WIDTH))):
            begin, end = end, end + len(word)
            if _has_letters(word):
                words.append(text[begin:end])
        return words

    return segment


_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
"""Full-width Latin letters and digits; jieba knows words only in their half-width form."""


@cache
def simplified_chinese() -> Callable[[str], str]:
    """Return a function that converts Chinese to simplified characters, one by one.

    jieba's dictionary and the stop words are in simplified characters.
    """
    converter = _library("opencc").OpenCC("t2s")

    def simplified(text: str) -> str:
        converted: str = converter.convert(text)
        if len(converted) == len(text):
            return converted
        # Some phrases change their length; single characters are then converted one by one.
        pairs = ((character, converter.convert(character)) for character in text)
        return "".join(new if len(new) == 1 else old for old, new in pairs)

    return simplified


@cache
def _jieba() -> Segment:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own: invalid escapes, pkg_resources
        jieba = _library("jieba")
    tokenizer = jieba.Tokenizer()
    # Tokenizer.initialize would read and write a marshalled cache in the world-writable temporary
    # folder. Reading the dictionary itself takes a second.
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    segment: Segment = tokenizer.lcut
    return segment


def _japanese() -> Segment:
    sudachipy = _library("sudachipy")
    _library("sudachidict_core")  # which it loads by name
    tokenizer = sudachipy.Dictionary(dict="core").tokenizer()
    mode = sudachipy.SplitMode.C
    limit = 10_000  # characters; the library refuses more than 49,149 bytes

    def segment(text: str) -> list[str]:
        words = []
        for start in range(0, len(text), limit):
            for morpheme in tokenizer.tokenize(text[start : start + limit], mode):
                word = morpheme.surface()
                if _has_letters(word) and morpheme.part_of_speech()[0] in _JAPANESE_CONTENT:
                    words.append(word)
        return words

    return segment


_JAPANESE_CONTENT = frozenset({"名詞", "形状詞", "形容詞"})
"""Nouns and adjectives. Verbs come out as unreadable stems and say little about topics."""


def _korean() -> Segment:
    kiwi = _library("kiwipiepy").Kiwi(num_workers=1)

    def segment(text: str) -> list[str]:
        return [
            text[token.start : token.start + token.len]
            for token in kiwi.tokenize(text)
            if token.tag in _KOREAN_CONTENT and token.len
        ]

    return segment


_KOREAN_CONTENT = frozenset({"NNG", "NNP", "XR", "SL", "SN"})
"""Nouns except dependent ones, roots, foreign words and numbers; no verbs, as in Japanese."""


def _thai() -> Segment:
    word_tokenize = _library("pythainlp.tokenize").word_tokenize

    def segment(text: str) -> list[str]:
        words = word_tokenize(text, engine="newmm", keep_whitespace=False)
        return [word for word in words if _has_letters(word)]

    return segment


def _vietnamese() -> Segment:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        word_tokenize = _library("underthesea").word_tokenize

    def segment(text: str) -> list[str]:
        words, end = [], 0
        for word in word_tokenize(text, use_token_normalize=False):
            if not _has_letters(word):
                continue
            # It returns words with one space between syllables, whatever the text has.
            begin = -1
            for syllable in word.split():
                at = text.find(syllable, end)
                begin = at if begin < 0 else begin
                end = at + len(syllable)
            words.append(text[begin:end])
        return words

    return segment


def _by_icu(language: str) -> Callable[[], Segment]:
    def build() -> Segment:
        word_breaker = _library("icu4py.breakers").WordBreaker

        def segment(text: str) -> list[str]:
            return [word for word in word_breaker(text, language) if _has_letters(word)]

        return segment

    return build


_SEGMENTERS: dict[str, tuple[str, Callable[[], Segment] | None, str]] = {
    "bo": (
        SPACES,
        None,
        "Tibetan is split into syllables, at the marks between them: --phrases joins those that "
        "form words",
    ),
    "ja": ("sudachipy sudachidict_core", _japanese, ""),
    "km": ("icu4py", _by_icu("km"), ""),
    "ko": (
        "kiwipiepy",
        _korean,
        "Korean words are split at spaces and keep their particles; to remove the particles",
    ),
    "lo": ("icu4py", _by_icu("lo"), ""),
    "my": ("icu4py", _by_icu("my"), ""),
    "th": ("pythainlp", _thai, ""),
    "vi": (
        "underthesea",
        _vietnamese,
        "Vietnamese is split into single syllables; to find words of several",
    ),
    "zh": ("jieba opencc", _chinese, ""),
}
"""By language: the segmenter's packages for pip, the function that makes it, and, if splitting at
spaces works without it, advice to the user."""
