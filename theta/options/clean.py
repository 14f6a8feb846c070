"""The options of ``python -m theta.corpus.clean``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from theta.options.declare import option


@dataclass(frozen=True)
class CleanOptions:
    """What a person can choose when texts are cleaned on their own."""

    input: Path | None = option(None, "File of documents, or folder of such files or of texts.")
    output: Path | None = option(None, "File to write (CSV, or text for a text), or folder.")
    language: str = option(
        "auto", "Language of the texts (english, chinese, german, ...), or auto to find it out."
    )
    text_column: str | None = option(None, "Column that holds the text.")
