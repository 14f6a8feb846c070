"""The page as one string: HTML, style, script and data."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Mapping
from importlib import resources
from string import Template
from typing import Any

from theta.i18n import translated

_SCRIPTS = ("dom.js", "charts.js", "seed_words.js", "described.js", "moves.js", "overview.js",
            "topic.js", "map.js", "similarity.js", "hierarchy.js", "effects.js", "trends.js",
            "relations.js", "predicted_labels.js", "search.js", "main.js")  # fmt: skip

# A <script> element ends at "</script", and older parsers end a line at U+2028 and U+2029. These
# characters occur in JSON strings only, where an escape is equivalent.
_ESCAPES = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


def build_report(content: Mapping[str, Any]) -> str:
    """Return the interactive page of a run.

    The page is one file and loads nothing: its security policy forbids it. Only the script of
    this package, identified by its hash, may run; the texts of the documents and all other data
    are JSON and shown as text, never parsed as HTML.

    Parameters
    ----------
    content : mapping
        `theta.report.content.content` of the run.

    Returns
    -------
    str
        Save it as UTF-8.
    """
    return _page(content, "full")


def build_topic_browser(content: Mapping[str, Any]) -> str:
    """Return a page like LDAvis: topics on a plane and their words by relevance.

    Sievert and Shirley (2014), "LDAvis: A method for visualizing and interpreting topics". The
    parameter is that of `build_report`.
    """
    return _page(
        {
            **content,
            "overTime": None,
            "correlations": None,
            "groups": [],
            "map": None,
            "docs": None,
            "effects": None,
            "described": [],
            "moves": None,
        },
        "topics",
    )


def _page(content: Mapping[str, Any], kind: str) -> str:
    return self_contained_page(
        kind,
        style=_file("style.css"),
        script="\n".join(['"use strict";', *(_file(name) for name in _SCRIPTS)]),
        data=content,
        language=content["language"],
        title=content["title"],
        no_script=translated(
            content["language"],
            "This page needs JavaScript. The scripts are part of the page; nothing is loaded.",
        ),
    )


def self_contained_page(
    kind: str, *, style: str, script: str, data: Any, language: str, title: str, no_script: str
) -> str:
    """Return an HTML page with its style, script and data inside.

    Parameters
    ----------
    kind : str
        What the script is told about the page, as ``data-kind`` of its root.
    style, script : str
        CSS and JavaScript, trusted.
    data : JSON value
        Untrusted.
    language : {"en", "zh"}
    title : str
        Untrusted.
    no_script : str
        What a browser without JavaScript shows.
    """
    return Template(_file("page.html")).substitute(
        kind=kind,
        title=html.escape(title),
        no_script=html.escape(no_script),
        language={"en": "en", "zh": "zh-Hans"}[language],
        style=style,
        style_hash=content_hash(style),
        script=script,
        script_hash=content_hash(script),
        data=_json(data),
    )


def _json(value: Any) -> str:
    """Return JSON that is safe inside a <script> element."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.translate(_ESCAPES)


def content_hash(text: str) -> str:
    """Return the hash by which a content security policy allows a style or script."""
    digest = hashlib.sha256(text.encode()).digest()
    return "sha256-" + base64.b64encode(digest).decode()


def _file(name: str) -> str:
    return (resources.files("theta.report") / "page" / name).read_text(encoding="utf-8")
