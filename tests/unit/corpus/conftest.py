"""Small corpora on disk."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from theta.corpus import segmenters
from theta.corpus.build import build_corpus
from theta.corpus.read import find_sources
from theta.corpus.settings import CorpusReport, CorpusSettings
from theta.layout import CorpusFiles

# The first example imports Arrow; how long that takes is no property of the code.
settings.register_profile("corpus", deadline=None)
settings.load_profile("corpus")

PLAIN = CorpusSettings(
    language="english",
    clean=False,
    text_column=None,
    label_column=None,
    time_column=None,
    sheet=None,
    date_order="auto",
    stopwords=None,
    vocab_size="auto",
    min_df=1,
    max_df=1.0,
    ngram_max=1,
    lowercase=True,
    keep_numbers=False,
    drop_duplicates=False,
    min_tokens=1,
    test_share=0.1,
    seed=0,
)


def write_csv(path: Path, rows: Sequence[Sequence[Any]], **dialect: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle, **dialect).writerows(rows)
    return path


def without_segmenter(monkeypatch: pytest.MonkeyPatch, language: str) -> str:
    """Make the segmenter of a language look uninstalled; return what pip calls it."""

    def missing() -> None:
        segmenters._library("not_installed")

    packages, _, advice = segmenters._SEGMENTERS[language]
    monkeypatch.setitem(segmenters._SEGMENTERS, language, (packages, missing, advice))
    return packages


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The user's folder of one data set."""
    place = tmp_path / "data" / "mine"
    place.mkdir(parents=True)
    return place


@pytest.fixture
def files(tmp_path: Path) -> CorpusFiles:
    return CorpusFiles(tmp_path / "workspace" / "mine" / "corpus")


@pytest.fixture
def prepare(folder: Path, files: CorpusFiles) -> Callable[..., CorpusReport]:
    """Build the corpus of what lies in `folder`, with some settings other than plain."""

    def build(workers: int | None = 1, **changed: Any) -> CorpusReport:
        return build_corpus(find_sources(folder), files, replace(PLAIN, **changed), workers)

    return build
