"""How Sphinx builds these pages: sphinx-build -W docs docs/_build."""

from __future__ import annotations

from theta import __version__

project = "THETA"
author = "THETA contributors"
copyright = "THETA contributors"  # noqa: A001  (Sphinx's name)
version = release = __version__

extensions = ["myst_parser"]
exclude_patterns = ["_build"]
myst_heading_anchors = 3  # so that page.md#heading is a link, checked like any other
nitpicky = True

html_theme = "furo"  # brings its own fonts and icons: the pages open without a network
html_title = "THETA"
html_show_sourcelink = False
html_copy_source = False
