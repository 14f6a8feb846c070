"""The options of ``python -m theta.corpus.clean``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from theta.options.declare import option


@dataclass(frozen=True)
class CleanOptions:
    """The options of cleaning texts without preparing a corpus."""

    input: Path | None = option(
        None, "File of documents, or folder of such files or of text files."
    )
    output: Path | None = option(None, "File to write (CSV, or .txt for a text file), or folder.")
    language: str = option(
        "auto", "Language of the texts (english, chinese, german, ...), or auto to detect it."
    )
    text_column: str | None = option(None, "Column that contains the text.")
