"""Files of searches, papers, kits for coders and comparisons."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from theta.layout.relative import RelativePath


@dataclass(frozen=True)
class TuningFiles:
    """The files of a search for settings."""

    root: Path

    journal = RelativePath("journal.jsonl")
    """Every trial as it happened, in the format of Optuna's journal; only appended to."""

    trials = RelativePath("trials.csv")
    """One row per training, for a spreadsheet."""

    result = RelativePath("tuning.json")
    """The recommended setting, its reasons, ranges and importance."""

    report = RelativePath("report.html")
    """The page of the search."""

    log = RelativePath("tuning.log")
    """The log of the program for this search."""

    shared = RelativePath("shared")
    """Arrays that the trainings share; removed when the search is finished."""

    def unfinished_training(self, trial: int, seed: int) -> Path:
        """Return the checkpoint of a training that is not finished."""
        return self.root / f".training-{trial}-{seed}.safetensors"

    def figure(self, chart: str, suffix: str = "png") -> Path:
        """Return the path of a chart."""
        return self.root / "figures" / f"{chart}.{suffix}"


@dataclass(frozen=True)
class PaperFiles:
    """The files for a paper."""

    root: Path

    methods = RelativePath("methods.md")
    """The methods paragraph."""

    methods_latex = RelativePath("methods.tex")
    """The methods paragraph for LaTeX."""

    bibliography = RelativePath("references.bib")
    """BibTeX of the publications that are cited."""

    topics = RelativePath("topics.csv")
    """The topics for a spreadsheet or Word."""

    topics_latex = RelativePath("topics.tex")
    """The topics as a table in LaTeX."""

    metrics = RelativePath("metrics.csv")
    """The metrics for a spreadsheet or Word."""

    metrics_latex = RelativePath("metrics.tex")
    """The metrics as a table in LaTeX."""

    documents = RelativePath("representative_documents.csv")
    """Typical and exclusive documents of each topic."""

    figures = RelativePath("figures")
    """The folder of the charts."""


@dataclass(frozen=True)
class KitFiles:
    """The files that coders get."""

    root: Path

    def page(self, coder: int) -> Path:
        """Return the page on which a coder answers."""
        return self.root / f"coder_{coder}.html"

    def sheet(self, coder: int, suffix: str) -> Path:
        """Return the spreadsheet in which a coder answers."""
        return self.root / f"coder_{coder}.{suffix}"

    def download(self, coder: int) -> Path:
        """Return the file that the page of a coder downloads."""
        return self.answers / f"answers_{coder}.csv"

    instructions = RelativePath("instructions.txt")
    """The instructions for coders who use the spreadsheet."""

    answers = RelativePath("answers")
    """A folder for what comes back."""

    def model_answers(self, model: str) -> Path:
        """Return the file of the answers of a language model."""
        return self.answers / f"{re.sub(r'[^A-Za-z0-9.]+', '-', model).strip('-.') or 'model'}.csv"


@dataclass(frozen=True)
class ComparisonFiles:
    """The files of a comparison of runs."""

    root: Path

    table = RelativePath("comparison.csv")
    """The table for a spreadsheet."""

    figure = RelativePath("comparison.png")
    """The table as a figure."""

    seeds = RelativePath("seeds.csv")
    """Spread over seeds and the reference model's lead, for a spreadsheet."""
