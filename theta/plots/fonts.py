"""Fonts with the glyphs of the words drawn: Latin, Chinese or any other script."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import cache
from pathlib import Path

log = logging.getLogger(__name__)

BASE_FAMILY = "DejaVu Sans"
"""Bundled with matplotlib: Latin, Greek, Cyrillic, Hebrew, Arabic."""

PREFERRED = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Noto Sans SC",
    "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "SimHei",
    "Heiti TC",
    "Noto Sans CJK JP",
    "Droid Sans Fallback",
    "Arial Unicode MS",
)
"""Sans-serif families with Chinese glyphs, best first; tried before all other fonts."""


_PLACEHOLDERS = "Last Resort"
"""Begins the names of fonts that have a box for every character, one of them in matplotlib."""


def families_for(texts: Iterable[str]) -> list[str]:
    """Return font families that together cover every character of `texts`.

    matplotlib takes each glyph from the first family that has it. If no installed font has a
    character, a warning names a package with such a font, and the character is drawn as a box.

    Parameters
    ----------
    texts : iterable of str

    Returns
    -------
    list of str
        `BASE_FAMILY` first.
    """
    missing = {ch for text in texts for ch in text if not ch.isspace()}
    missing -= _characters(_base_path())
    families = [BASE_FAMILY]
    for family, path in _candidates() if missing else ():
        covered = missing & _characters(path)
        # A font outside the preferred ones is used only if it covers everything missing.
        if covered and (family in PREFERRED or len(covered) == len(missing)):
            families.append(family)
            missing -= covered
        if not missing:
            break
    if missing:
        _warn(_package_for(missing), "".join(sorted(missing))[:10])
    return families


def _candidates() -> Iterable[tuple[str, Path]]:
    """Return (family, file) of the regular installed fonts, the preferred ones first."""
    from matplotlib import font_manager

    _add_new_fonts()
    files: dict[str, Path] = {}
    for entry in font_manager.fontManager.ttflist:
        if entry.name.startswith(_PLACEHOLDERS):
            continue
        if entry.style == "normal" and entry.weight in (400, "normal", "regular"):
            files.setdefault(entry.name, Path(entry.fname))
    first = [name for name in PREFERRED if name in files]
    rest = sorted(set(files) - set(first))
    return [(name, files[name]) for name in (*first, *rest)]


@cache
def _add_new_fonts() -> None:
    """Register fonts installed after matplotlib built its font list, which it never updates."""
    from matplotlib import font_manager

    known = {entry.fname for entry in font_manager.fontManager.ttflist}
    for path in font_manager.findSystemFonts():
        if path not in known:
            try:
                font_manager.fontManager.addfont(path)
            except (OSError, RuntimeError) as error:
                log.debug("font %s cannot be read: %s", path, error)


@cache
def _base_path() -> Path:
    from matplotlib import font_manager

    return Path(font_manager.findfont(BASE_FAMILY))


@cache
def _characters(path: Path) -> frozenset[str]:
    from matplotlib.ft2font import FT2Font

    return frozenset(chr(code) for code in FT2Font(str(path)).get_charmap())


def _package_for(characters: set[str]) -> str:
    if any("\u2e80" <= ch <= "\u9fff" or "\uac00" <= ch <= "\ud7af" for ch in characters):
        return "fonts-noto-cjk (Debian, Ubuntu: apt-get install fonts-noto-cjk)"
    return "fonts-noto (Debian, Ubuntu: apt-get install fonts-noto)"


_warned: set[str] = set()
"""The packages that were named: each chart lacks other characters of the same font."""


def _warn(package: str, sample: str) -> None:
    if package in _warned:
        return
    _warned.add(package)
    log.warning(
        "no installed font has %s …; figures show boxes until you install %s", sample, package
    )
