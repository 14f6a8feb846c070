"""What a paper needs of a finished run: methods, tables, references, documents and figures."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from theta import storage
from theta.errors import InvalidOption
from theta.layout import PaperFiles, ProjectPaths
from theta.paper.methods import cited_keys, paragraph
from theta.paper.references import bibtex
from theta.pipeline import latex
from theta.pipeline.csv_tables import write_csv
from theta.run import Run

logger = logging.getLogger(__name__)

_DOCUMENTS = 5
"""Documents per topic, of each kind."""

_WORDS = 10


def write_paper(folder: Path, project: ProjectPaths, out: Path | None) -> list[Path]:
    """Write what a paper needs of a finished run, and return the files.

    Parameters
    ----------
    folder : Path
        Folder of the run.
    project : ProjectPaths
    out : Path, optional
        Where to write; by default beside the run.

    Raises
    ------
    InvalidOption
        If the folder to write into is the run itself or inside it.
    MissingFile
        If there is no finished run, or its data are gone or have changed.
    """
    run = Run.open(folder, project)
    run.require_current()
    files = run.files.paper if out is None else PaperFiles(out)
    if files.root.resolve() == folder.resolve() or folder.resolve() in files.root.resolve().parents:
        raise InvalidOption(
            f"--out {out}: this is inside the run, whose files are checked; name another folder"
        )
    files.root.mkdir(parents=True, exist_ok=True)
    corpus = storage.read_manifest(run.prepared.corpus_files.root, "")["stands_on"]
    text = paragraph(run, corpus)
    files.methods.write_text(text + "\n", encoding="utf-8")
    files.methods_latex.write_text(latex.escaped(text) + "\n", encoding="utf-8")
    files.bibliography.write_text(bibtex(cited_keys(run)), encoding="utf-8")
    written = [files.methods, files.methods_latex, files.bibliography]
    written += [*_write_topics(run, files), *_write_metrics(run, files)]
    write_csv(files.documents, ("topic", "kind", "rank", "id", "weight", "text"), _documents(run))
    written.append(files.documents)
    for figure in sorted(run.files.visualizations.glob("*.png")) + sorted(
        run.files.visualizations.glob("*.svg")
    ):
        files.figures.mkdir(exist_ok=True)
        shutil.copyfile(figure, files.figures / figure.name)
        written.append(files.figures / figure.name)
    return written


def _write_topics(run: Run, files: PaperFiles) -> list[Path]:
    heads = ("topic", "name", "share", "documents", "top words")
    rows = [
        (
            str(topic.number),
            topic.name,
            f"{topic.share:.1%}",
            f"{topic.documents:,}",
            ", ".join(topic.words[:_WORDS]),
        )
        for topic in run.topics
    ]
    write_csv(files.topics, heads, rows)
    text = latex.table(heads, rows, "rlrrp{7cm}", "Topics, largest share first.")
    files.topics_latex.write_text(latex.needs(text) + text, encoding="utf-8")
    return [files.topics, files.topics_latex]


def _write_metrics(run: Run, files: PaperFiles) -> list[Path]:
    known = [metric for metric in run.metrics if metric.value is not None]
    if not known:
        logger.warning("The run has no metrics: it was made with --skip_eval")
        return []
    heads = ("metric", "value", "low", "high", "definition")
    rows = []
    for metric in known:
        low, high = ("", "") if metric.interval is None else (f"{v:.3g}" for v in metric.interval)
        rows.append((metric.name, f"{metric.value:.3g}", low, high, str(metric.definition)))
    write_csv(files.metrics, heads, rows)
    text = latex.table(heads, rows, "lrrrp{7cm}", "Metrics with 95 % intervals.")
    files.metrics_latex.write_text(latex.needs(text) + text, encoding="utf-8")
    return [files.metrics, files.metrics_latex]


def _documents(run: Run) -> Iterator[list[object]]:
    """Yield the most typical documents of each topic, and the most exclusive.

    Typical: the largest share. Exclusive: the largest lead over the topic's strongest rival, in
    shares relative to the mean share of each topic.
    """
    shares = run.doc_topic.astype(np.float64)
    relative = shares / np.maximum(shares.mean(axis=0), 1e-12)
    texts, ids = run.texts, run.prepared.corpus.row_ids
    for topic, number in enumerate(run.numbers):
        rivals = np.delete(relative, topic, axis=1).max(axis=1, initial=0.0)
        for kind, score in (
            ("typical", shares[:, topic]),
            ("exclusive", relative[:, topic] - rivals),
        ):
            best = np.argsort(-score, kind="stable")[:_DOCUMENTS].tolist()
            for rank, row in enumerate(best, start=1):
                yield [number, kind, rank, str(ids[row]), float(shares[row, topic]), texts[row]]
