"""Removes markup and other noise from text; the result is still natural text, for embedding."""

from __future__ import annotations

import html
import re
import unicodedata

_HIDDEN = (
    ("</script", re.compile(r"<script\b[^<>]*>.*?</script\s*>", re.IGNORECASE | re.DOTALL)),
    ("</style", re.compile(r"<style\b[^<>]*>.*?</style\s*>", re.IGNORECASE | re.DOTALL)),
    ("-->", re.compile(r"<!--.*?-->", re.DOTALL)),
)
"""Parts of a page that are not displayed, with their end marks."""
_BREAK = re.compile(r"<(?:br|/p|/div|/li|/tr|/h[1-6])\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9:-]*(?:\s[^<>]*)?/?>|<![a-zA-Z][^<>]*>")
_URL = re.compile(
    r"(?:https?|ftp)://[^\s<>\"'）】」，。]+|\bwww\.[^\s<>\"'）】」，。]+", re.IGNORECASE
)
_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_BLANKS = re.compile(r"[^\S\n]+")
_BLANK_LINES = re.compile(r"\s*\n\s*")
# Control characters (except line ends and tabs), soft hyphens, zero-width spaces and direction
# marks. The joiners U+200C and U+200D are kept, since Persian and Hindi spelling uses them.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ufffe\uffff]"
)
_FOLDED = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | {0x3000: " "}
"""Full-width Latin letters, digits and signs, and the ideographic space."""
_LETTER_SPACED = re.compile(
    r"(?<!\S)[\u3040-\u30ff\u3400-\u9fff](?: [\u3040-\u30ff\u3400-\u9fff]){2,}(?!\S)"
)
"""Three or more characters separated by spaces."""
_FULL_WIDTH_SIGNS = frozenset("，！？：；（）～")
_PLAIN = {code: plain for code, plain in _FOLDED.items() if chr(code) not in _FULL_WIDTH_SIGNS}


def clean_text(text: str, language: str = "und") -> str:
    r"""Return a text without markup, URLs, e-mail addresses and invisible characters.

    In this order: mojibake is repaired (ftfy), HTML tags and entities are resolved, URLs and e-mail
    addresses removed, full-width letters and digits and half-width kana normalized (Chinese
    punctuation keeps its width), control characters removed, and white space collapsed. Letter
    case, punctuation and stop words are kept for the embedding model. The spaces in letter-spaced
    Chinese and Japanese words, common in headlines, are removed.

    Parameters
    ----------
    text : str
    language : str
        ISO 639-1 code.

    Examples
    --------
    >>> clean_text("<p>CafÃ© &amp; bar</p> see https://example.org")
    'Café & bar\nsee'
    """
    if not text.isascii():
        import ftfy

        text = ftfy.fix_text(text, _repair_settings())
    if "<" in text:
        text = _TAG.sub(" ", _BREAK.sub("\n", _without_hidden(text)))
    if "&" in text:
        text = html.unescape(text)
    if "://" in text or "www." in text.lower():
        text = _URL.sub(" ", text)
    if "@" in text:
        text = _ADDRESS.sub(" ", text)
    if not text.isascii():
        text = unicodedata.normalize("NFC", _half_width_kana(text.translate(_PLAIN)))
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _INVISIBLE.sub("", text)
    text = _BLANK_LINES.sub("\n", _BLANKS.sub(" ", text)).strip()
    if language in ("zh", "ja"):
        text = _LETTER_SPACED.sub(lambda run: run[0].replace(" ", ""), text)
    return text


def _without_hidden(text: str) -> str:
    for end, pattern in _HIDDEN:
        # Only search up to the last end mark: unmatched beginnings after it would make the search
        # quadratic.
        last = text.lower().rfind(end)
        if last >= 0:
            last = text.find(">", last) + 1 or len(text)
            text = pattern.sub(" ", text[:last]) + text[last:]
    return text


_KANA = re.compile("[\uff61-\uff9f]+")


def _half_width_kana(text: str) -> str:
    return _KANA.sub(lambda run: unicodedata.normalize("NFKC", run[0]), text)


def _repair_settings():  # type: ignore[no-untyped-def]
    import ftfy

    # Only the decoding is repaired: quotes, widths and ligatures are the author's choice.
    return ftfy.TextFixerConfig(
        unescape_html=False,
        uncurl_quotes=False,
        fix_latin_ligatures=False,
        fix_character_width=False,
        normalization=None,
        explain=False,
    )
