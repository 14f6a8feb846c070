"""Decoding of text files: detection of the encoding, and lines of bounded length."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from typing import IO, NamedTuple

from theta.corpus.read.files import InputFile
from theta.corpus.spelling import looks_spelled

_SAMPLE = 4 * 1024 * 1024
# Longest mark first: the UTF-32 little-endian mark begins with the UTF-16 one.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Encodings of real tables. Without this list the detector also proposes EBCDIC and DOS code pages,
# and rare Korean syllables (cp949) for Japanese.
_CANDIDATES = [
    "cp1252", "latin_1", "cp1250", "iso8859_2", "cp1251", "koi8_r", "cp1253", "cp1254", "cp1255",
    "cp1256", "cp1257", "cp874", "gb18030", "big5", "shift_jis", "euc_jp", "euc_kr",
]  # fmt: skip


_MULTIBYTE = frozenset({"gb18030", "big5", "shift_jis", "euc_jp", "euc_kr"})
_GUESSED = 65_536


class Encoding(NamedTuple):
    """An encoding, and how it was detected."""

    name: str
    how: str


def detect_encoding(sample: bytes) -> Encoding:
    """Return the encoding of a text from its first bytes.

    Checked in order: a byte order mark; valid UTF-8; zero bytes at odd or even positions, which
    mean UTF-16; charset-normalizer.

    Parameters
    ----------
    sample : bytes
        The beginning of the file; it may end within a character.
    """
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return Encoding(name, "byte order mark")
    zeros = sample.count(0)
    if zeros > len(sample) // 5:
        odd = sample[1::2].count(0)
        return Encoding("utf-16-le" if odd > zeros - odd else "utf-16-be", "zero bytes")
    damaged = _invalid_utf8(sample)
    if damaged == 0:
        return Encoding("utf-8", "valid")
    # A few broken bytes among many good sequences are damage, not another encoding.
    sequences = sum(1 for byte in sample[:65536] if byte >= 0xC0)
    if sequences > 20 * _invalid_utf8(sample[:65536]) > 0:
        return Encoding("utf-8", f"{damaged} invalid bytes read as \N{REPLACEMENT CHARACTER}")
    return _guess(sample[:_GUESSED])


def _guess(sample: bytes) -> Encoding:
    from charset_normalizer import from_bytes

    matches = list(from_bytes(sample, cp_isolation=_CANDIDATES))
    if not matches:
        return Encoding("latin-1", "nothing else fits")
    if matches[0].encoding in _MULTIBYTE:
        return Encoding(matches[0].encoding, "charset-normalizer")
    # Most bytes are letters in every single-byte encoding, but only the right one gives letters of
    # the language. Ties go to the most common encoding.
    matches.sort(key=lambda match: _CANDIDATES.index(match.encoding))
    best = max(matches, key=lambda match: looks_spelled(str(match)))
    return Encoding(best.encoding, "charset-normalizer, and spelled best")


def _invalid_utf8(sample: bytes) -> int:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return sample.decode("utf-8", "replace").count("\ufffd") - sample.count(b"\xef\xbf\xbd")
    return 0


def open_text(file: InputFile) -> tuple[IO[str], Encoding]:
    """Open a text file in the encoding detected from its beginning; line ends are kept.

    Raises
    ------
    InvalidOption
        If the file is not text.
    """
    with file.open() as handle:
        sample = handle.read(_SAMPLE)
    encoding = detect_encoding(sample)
    # Invalid bytes become U+FFFD: one broken character must not cost a document or the file.
    text = io.TextIOWrapper(file.open(), encoding=encoding.name, errors="replace", newline="")
    return text, encoding


def bounded_lines(handle: IO[str], limit: int) -> Iterator[str | None]:
    """Yield the lines of a file with their ends; None for a line longer than `limit`."""
    while line := handle.readline(limit):
        if len(line) < limit or line.endswith(("\n", "\r")):
            yield line
            continue
        rest = line
        while rest and not rest.endswith(("\n", "\r")):
            rest = handle.readline(limit)
        yield None
