"""Accuracy of language identification of short texts, here and in other libraries.

The texts are translated messages of Debian's programs, from the gettext catalogues of this
machine: sentences of 15 to 90 characters without formats, digits and names of options, 50 in each
language, drawn with a fixed seed. Libraries that are not installed are left out.

    python scripts/bench_language.py [--texts 50] [--catalogues /usr/share/locale]
"""

from __future__ import annotations

import argparse
import gettext
import random
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from theta.corpus.recognition import language_probabilities

LOCALES = {
    "en": "", "de": "de", "fr": "fr", "es": "es", "it": "it", "pt": "pt_BR", "nl": "nl",
    "sv": "sv", "fi": "fi", "pl": "pl", "cs": "cs", "hu": "hu", "ro": "ro", "tr": "tr", "vi": "vi",
    "ru": "ru", "uk": "uk", "el": "el", "zh": "zh_CN", "ja": "ja",
}  # fmt: skip
"""By language the catalogue; English texts are what the others translate."""

DENSE = frozenset({"zh", "ja"})
_NO_PROSE = re.compile(r"[%\\<>{}=|/\x00@#$\[\]:;]|--|[A-Z_]{3,}|\d|\n|\b-\w")

Recognizer = Callable[[str], str]


def pairs(catalogues: Path, locale: str) -> Iterator[tuple[str, str]]:
    """Yield the English message and its translation."""
    for path in sorted((catalogues / locale / "LC_MESSAGES").glob("*.mo")):
        if path.name.startswith("iso_") or path.name.startswith("iso-"):
            continue  # names, not sentences
        try:
            with path.open("rb") as handle:
                messages = gettext.GNUTranslations(handle)._catalog  # type: ignore[attr-defined]
        except UnicodeDecodeError:
            continue  # the catalogue does not name its encoding
        for key, translated in messages.items():
            english = (key[0] if isinstance(key, tuple) else key).split("\x04")[-1]
            if english and translated and english != translated:
                yield english.strip(), translated.strip()


def short_texts(catalogues: Path, code: str, n: int) -> list[str]:
    """Return up to `n` texts in a language."""
    found = set()
    for locale in ("de", "fr", "pl") if code == "en" else (LOCALES[code],):
        for english, translated in pairs(catalogues, locale):
            text = english if code == "en" else translated
            fewest = 6 if code in DENSE else 15
            enough = len(english.split()) >= 3 and (code in DENSE or len(text.split()) >= 3)
            if enough and fewest <= len(text) <= 90 and not _NO_PROSE.search(text):
                found.add(text.replace("_", "").replace("&", ""))
    texts = sorted(text for text in found if code not in DENSE or not text.isascii())
    random.Random(0).shuffle(texts)
    return texts[:n]


def this_program() -> Recognizer:
    """Script, then py3langid among the languages of that script."""

    def recognize(text: str) -> str:
        found = language_probabilities(text)
        return max(found, key=found.__getitem__) if found else "und"

    return recognize


def py3langid_alone() -> Recognizer:
    """py3langid among all of its labels."""
    import py3langid

    return lambda text: str(py3langid.classify(text)[0])


def lingua() -> Recognizer:
    """lingua-language-detector among all of its languages, at its high accuracy."""
    from lingua import LanguageDetectorBuilder

    detector = LanguageDetectorBuilder.from_all_languages().build()

    def recognize(text: str) -> str:
        found = detector.detect_language_of(text)
        return found.iso_code_639_1.name.lower() if found else "und"

    return recognize


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--texts", type=int, default=50, help="texts in each language")
    parser.add_argument("--catalogues", type=Path, default=Path("/usr/share/locale"))
    options = parser.parse_args(argv)
    texts = {code: short_texts(options.catalogues, code, options.texts) for code in LOCALES}
    n_texts = sum(map(len, texts.values()))
    if not n_texts:
        print(f"{options.catalogues} holds no translated messages", file=sys.stderr)
        return 2
    print(f"{n_texts} texts in {len(texts)} languages")
    print(f"{'':18} right  ms/text  s to load  below 90 %")
    for name, build in [
        ("this program", this_program),
        ("py3langid alone", py3langid_alone),
        ("lingua", lingua),
    ]:
        try:
            began = time.perf_counter()
            recognize = build()
            recognize("What language is this?")
        except ModuleNotFoundError:
            print(f"{name:18} not installed")
            continue
        loaded = time.perf_counter()
        right = {c: sum(recognize(t) == c for t in found) for c, found in texts.items()}
        seconds = time.perf_counter() - loaded
        low = [
            f"{c} {right[c] / len(texts[c]):.0%}"
            for c in texts
            if texts[c] and right[c] < 0.9 * len(texts[c])
        ]
        print(
            f"{name:18} {sum(right.values()) / n_texts:5.1%} {1e3 * seconds / n_texts:8.2f} "
            f"{loaded - began:10.2f}  {', '.join(low)}"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
