"""Texts and labels in memory, as a file that prepare_data.py reads."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from theta import storage
from theta.corpus.columns import present
from theta.errors import InvalidOption


def checked_texts(X: Any) -> list[str]:
    """Return texts as the readers of files return them: no space around, missing ones empty."""
    if isinstance(X, (str, bytes)) or getattr(X, "ndim", 1) != 1:
        raise InvalidOption("X must be a sequence of texts: a list, an array or a column")
    texts = list(X)
    for row, text in enumerate(texts):
        if not isinstance(text, str):
            raise InvalidOption(f"X must hold texts; item {row} is a {type(text).__name__}")
    return [present(text) or "" for text in texts]


def checked_labels(y: Any, n_texts: int) -> list[str | None]:
    """Return labels as texts; None where there is none."""
    if y is None:
        raise InvalidOption("mode='supervised' needs labels: fit(X, y)")
    labels = list(y)
    if len(labels) != n_texts:
        raise InvalidOption(f"y has {len(labels)} labels for {n_texts} texts")
    return [None if label is None or label != label else str(label) for label in labels]


def write_documents(path: Path, texts: Sequence[str], labels: Sequence[str | None] | None) -> None:
    """Write texts as a file that prepare_data.py reads; one that is there already stays."""
    import pyarrow
    import pyarrow.parquet

    if path.exists():
        return
    columns = {"text": pyarrow.array(texts, pyarrow.string())}
    if labels is not None:
        columns["label"] = pyarrow.array(labels, pyarrow.string())
    with storage.replacing_file(path) as new:
        pyarrow.parquet.write_table(pyarrow.table(columns), new)
