"""The page as one string: shell, style, script and data."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Mapping
from importlib import resources
from string import Template
from typing import Any

_SCRIPTS = ("dom.js", "charts.js", "seed_words.js", "overview.js", "topic.js", "map.js",
            "similarity.js", "told_labels.js", "search.js", "main.js")  # fmt: skip

# A text in a <script> element ends at "</script" and older parsers end a line at U+2028 and
# U+2029; none of these characters is needed outside of JSON strings, where an escape means the
# same.
_ESCAPES = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


def build_report(shown: Mapping[str, Any]) -> str:
    """Return the interactive page of a run.

    The page is one file: it loads nothing, and its security policy forbids it to. Only the
    program's own script, named by its hash, is allowed to run; the documents' texts and all
    other data come as JSON and are shown as text, never parsed as HTML.

    Parameters
    ----------
    shown : mapping
        `theta.report.content.content` of the run.

    Returns
    -------
    str
        Save it as UTF-8.
    """
    return _page(shown, "full")


def build_topic_browser(shown: Mapping[str, Any]) -> str:
    """Return a page with the topics on a plane and their words by relevance, as LDAvis shows them.

    Sievert and Shirley (2014), "LDAvis: A method for visualizing and interpreting topics". For
    the parameter see `build_report`.
    """
    return _page({**shown, "overTime": None, "groups": [], "map": None, "docs": None}, "topics")


def _page(shown: Mapping[str, Any], kind: str) -> str:
    style = _file("style.css")
    script = "\n".join(['"use strict";', *(_file(name) for name in _SCRIPTS)])
    return Template(_file("page.html")).substitute(
        kind=kind,
        language={"en": "en", "zh": "zh-Hans"}[shown["language"]],
        title=html.escape(shown["title"]),
        no_script=html.escape(shown["labels"]["no_script"]),
        style=style,
        style_hash=_hash(style),
        script=script,
        script_hash=_hash(script),
        data=_json(shown),
    )


def _json(value: Any) -> str:
    """Return JSON that means the same inside a <script> element as outside."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.translate(_ESCAPES)


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return "sha256-" + base64.b64encode(digest).decode()


def _file(name: str) -> str:
    return (resources.files("theta.report") / "page" / name).read_text(encoding="utf-8")
