"""Where the words of a text are: between spaces, or where a segmenter finds them."""

from __future__ import annotations

import unicodedata
import warnings
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from theta.corpus.languages import language_name
from theta.errors import InvalidOption

if TYPE_CHECKING:
    from numpy.typing import NDArray

Segment = Callable[[str], Sequence[str]]
"""Text in, its words out: substrings in reading order, without what stands between them."""


SPACES = "spaces"
"""Name of the segmenter that takes what stands between separators."""


class Segmenter(NamedTuple):
    """How words are found.

    Attributes
    ----------
    name : str
        `SPACES`, or the packages that do it, as pip names them.
    segment : callable
    parted_by_spaces : bool
        The words are what stands between separators.
    advice : str
        What would find better words, if anything.
    """

    name: str
    segment: Segment
    parted_by_spaces: bool
    advice: str = ""


def find_segmenter(language: str, name: str = "") -> Segmenter:
    """Return the segmenter of a language.

    Parameters
    ----------
    language : str
        ISO 639-1 code.
    name : str
        Of the segmenter that a corpus was read with, so that new texts are cut in the same way;
        empty for the best one that is installed.

    Raises
    ------
    InvalidOption
        If the language has no spaces between words, or `name` asks for a segmenter, and that is
        not installed.
    """
    packages, build, advice = _SEGMENTERS.get(language, (SPACES, None, ""))
    if name not in ("", SPACES, packages):
        raise InvalidOption(
            f"the corpus was cut into words by {name}, this version uses {packages}: prepare the "
            "data and train again"
        )
    if build is None or name == SPACES:
        return Segmenter(SPACES, words_between_separators, True, advice)
    try:
        return Segmenter(packages, build(), parted_by_spaces=False)
    except ModuleNotFoundError as error:
        if advice and not name:
            advice = f"{advice}: pip install {packages}, then prepare again"
            return Segmenter(SPACES, words_between_separators, True, advice)
        raise InvalidOption(
            f"{language_name(language).capitalize()} words need a segmenter: pip install {packages}"
        ) from error


# --- scripts with separators ---------------------------------------------------------------

_UNKNOWN, _SEPARATOR, _WORD = 0, 1, 2
_JOINERS = "'\u2019\u02bc\u200c\u200d"
"""Apostrophes, and the (non-)joiners that Persian and Indic spelling use within words."""
_ASCII = {
    code: chr(code) if chr(code).isalnum() or chr(code) == "'" else " " for code in range(128)
}
_kinds = np.zeros(0x110000, np.uint8)  # filled as characters are met


def words_between_separators(text: str) -> list[str]:
    """Return the runs of letters, marks, digits and apostrophes (Unicode categories L, M, Nd).

    Marks belong to the letter before them: without them Hindi has no vowels. The joiners within
    Persian and Indic words, and apostrophes, do not part a word either.
    """
    return part_words([text])[0].split()


def part_words(texts: Sequence[str]) -> list[str]:
    """Return texts with nothing but words and spaces left of them; see above."""
    parted = [text.translate(_ASCII) if text.isascii() else "" for text in texts]
    others = [row for row, text in enumerate(texts) if not text.isascii()]
    if others:
        # All at once: NumPy's calls cost more than the characters of a short text.
        whole = "\n".join([texts[row] for row in others])
        codes = np.frombuffer(whole.encode("utf-32-le", "surrogatepass"), np.uint32)
        ends = np.cumsum([len(texts[row]) + 1 for row in others])[:-1] - 1
        spaced = np.where(_is_word(codes), codes, np.uint32(32))
        spaced[ends] = ord("\n")
        lines = spaced.tobytes().decode("utf-32-le", "surrogatepass").split("\n")
        for row, line in zip(others, lines, strict=True):
            parted[row] = line
    return parted


def _is_word(codes: NDArray[np.uint32]) -> NDArray[np.bool_]:
    kinds = _kinds[codes]
    if not kinds.all():
        for code in np.unique(codes[kinds == _UNKNOWN]).tolist():
            character = chr(code)
            category = unicodedata.category(character)
            within = category[0] in "LM" or category == "Nd" or character in _JOINERS
            _kinds[code] = _WORD if within else _SEPARATOR
        kinds = _kinds[codes]
    return kinds == _WORD


# --- scripts without -----------------------------------------------------------------------


def _has_letters(word: str) -> bool:
    return any(character.isalnum() for character in word)


def _chinese() -> Segment:
    tokenizer, simplified = _jieba(), simplified_chinese()

    def segment(text: str) -> list[str]:
        words, end = [], 0
        # jieba leaves nothing out and the conversion keeps the length, so offsets are the text's.
        for found in tokenizer(simplified(text.translate(_FULL_WIDTH))):
            begin, end = end, end + len(found)
            if _has_letters(found):
                words.append(text[begin:end])
        return words

    return segment


_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
"""Full-width Latin letters and digits, whose words jieba knows in their plain form only."""


@cache
def simplified_chinese() -> Callable[[str], str]:
    """Return a function that writes Chinese in simplified characters, one for each character.

    jieba's dictionary and the list of stop words are in simplified characters.
    """
    import opencc

    converter = opencc.OpenCC("t2s")

    def simplified(text: str) -> str:
        converted: str = converter.convert(text)
        if len(converted) == len(text):
            return converted
        # A phrase of another length; one character alone keeps its own.
        pairs = ((character, converter.convert(character)) for character in text)
        return "".join(new if len(new) == 1 else old for old, new in pairs)

    return simplified


@cache
def _jieba() -> Segment:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own: invalid escapes, pkg_resources
        import jieba
    tokenizer = jieba.Tokenizer()
    # Tokenizer.initialize would read a marshalled cache from the world-writable temporary folder,
    # and write one. The dictionary itself takes a second.
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    segment: Segment = tokenizer.lcut
    return segment


def _japanese() -> Segment:
    import sudachipy

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
"""Nouns and adjectives. Verbs are found as stems that nobody reads, and say little of a topic."""


def _korean() -> Segment:
    from kiwipiepy import Kiwi

    kiwi = Kiwi(num_workers=1)

    def segment(text: str) -> list[str]:
        return [
            text[token.start : token.start + token.len]
            for token in kiwi.tokenize(text)
            if token.tag in _KOREAN_CONTENT and token.len
        ]

    return segment


_KOREAN_CONTENT = frozenset({"NNG", "NNP", "XR", "SL", "SN"})
"""Nouns but dependent ones, roots, foreign words, numbers; no verbs, as in Japanese."""


def _thai() -> Segment:
    from pythainlp.tokenize import word_tokenize

    def segment(text: str) -> list[str]:
        words = word_tokenize(text, engine="newmm", keep_whitespace=False)
        return [word for word in words if _has_letters(word)]

    return segment


def _vietnamese() -> Segment:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from underthesea import word_tokenize

    def segment(text: str) -> list[str]:
        words, end = [], 0
        for found in word_tokenize(text, use_token_normalize=False):
            if not _has_letters(found):
                continue
            # Its words have one space between syllables, whatever the text has.
            begin = -1
            for syllable in found.split():
                at = text.find(syllable, end)
                begin = at if begin < 0 else begin
                end = at + len(syllable)
            words.append(text[begin:end])
        return words

    return segment


def _by_icu(language: str) -> Callable[[], Segment]:
    def build() -> Segment:
        from icu4py.breakers import WordBreaker

        def segment(text: str) -> list[str]:
            return [word for word in WordBreaker(text, language) if _has_letters(word)]

        return segment

    return build


_SEGMENTERS: dict[str, tuple[str, Callable[[], Segment] | None, str]] = {
    "bo": (
        SPACES,
        None,
        "Tibetan is cut into syllables, at its marks between them: --phrases joins those that "
        "form words",
    ),
    "ja": ("sudachipy sudachidict_core", _japanese, ""),
    "km": ("icu4py", _by_icu("km"), ""),
    "ko": (
        "kiwipiepy",
        _korean,
        "Korean words are taken as they stand between spaces, particles included; to cut the "
        "particles off",
    ),
    "lo": ("icu4py", _by_icu("lo"), ""),
    "my": ("icu4py", _by_icu("my"), ""),
    "th": ("pythainlp", _thai, ""),
    "vi": (
        "underthesea",
        _vietnamese,
        "Vietnamese words are taken as single syllables; to find those of several",
    ),
    "zh": ("jieba opencc", _chinese, ""),
}
"""By language: what pip calls the segmenter, what makes it, and, where spaces serve without it,
what is said of that."""
