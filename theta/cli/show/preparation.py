"""Prints what a preparation made or would make, and what is ready."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from theta.cli.console import as_called, format_table, print_json, print_result

if TYPE_CHECKING:
    from theta.corpus.preview import Preview
    from theta.pipeline.prepare import PrepareReport
    from theta.pipeline.status import Item
    from theta.storage.places import Place

logger = logging.getLogger(__name__)


def show_preparation(report: PrepareReport, *, as_json: bool) -> None:
    """Print where the corpus and the embeddings are, and whether anything changed."""
    if as_json:
        print_json(report.record())
        return
    if not report.renewed:
        print_result("Nothing has changed since the last preparation.")
    print_result(f"Corpus: {report.corpus_files.root.absolute()}")
    if report.embedding_files is not None:
        print_result(f"Embeddings: {report.embedding_files.root.absolute()}")


def show_preview(preview: Preview, *, as_json: bool) -> None:
    """Print what a few documents would become: their text, counted words and removed words."""
    if as_json:
        print_json(asdict(preview))
        return
    for document in preview.documents:
        print_result(
            f"{document.row_id} ({document.file}, line {document.line}): {document.status}"
        )
        print_result(f"  text: {document.text!r}")
        print_result(f"  counted ({len(document.words)}): {' '.join(document.words)}")
        for reason, words in document.removed.items():
            print_result(f"  removed, {reason}: {' '.join(words)}")
        print_result()
    print_result(f"Language: {preview.language_how}; words split by: {preview.segmenter}.")
    print_result(
        "Rare and very frequent words (--min_df, --max_df, --vocab_size) are removed once all "
        "documents are counted. Nothing was written."
    )
    for note in preview.notes:
        logger.warning("%s", note)


def show_status(items: Sequence[Item], *, as_json: bool) -> None:
    """Print what is ready, stale or missing, and the commands that make it."""
    if as_json:
        records = {item.name: item.record() for item in items}
        print_json({k: {**v, "remedy": as_called(v["remedy"])} for k, v in records.items()})
        return
    rows = [["item", "state", "", "command"]]
    rows += [[item.name, item.state, item.detail, as_called(item.command)] for item in items]
    print_result(format_table(rows))


def show_plan(
    options: Mapping[str, Any],
    reads: Sequence[Path | Place],
    writes: Sequence[Path | Place],
    *,
    as_json: bool,
) -> None:
    """Print the resolved options and the paths that would be read and written."""
    groups = {name: asdict(group) for name, group in options.items()}
    if as_json:
        print_json({"options": groups, "reads": [*map(str, reads)], "writes": [*map(str, writes)]})
        return
    for name, group in groups.items():
        print_result(f"{name}:")
        for option, value in group.items():
            print_result(f"  {option}: {value}")
    for title, paths in (("reads", reads), ("writes", writes)):
        print_result(f"{title}:")
        for path in paths:
            print_result(f"  {path.absolute() if isinstance(path, Path) else path}")
