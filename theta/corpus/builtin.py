"""Built-in data sets."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from theta.corpus.read import Source, Table, Wanted, find_sources
from theta.corpus.read.table import Row
from theta.corpus.read.texts import read_lines
from theta.errors import MissingFile, ThetaError
from theta.layout import ProjectPaths

_LOG = logging.getLogger(__name__)


class BuiltIn(NamedTuple):
    """A built-in data set.

    Attributes
    ----------
    name, description, origin : str
    sources : callable
        Returns the sources of the data set.
    """

    name: str
    description: str
    origin: str
    sources: Callable[[], list[Source]]


def _lee() -> list[Source]:
    # Located without importing gensim, which takes seconds.
    package = importlib.util.find_spec("gensim")
    if package is None or package.origin is None:
        raise MissingFile("--dataset lee comes with gensim: pip install gensim")
    path = Path(package.origin).parent / "test" / "test_data" / "lee_background.cor"
    if not path.is_file():
        raise MissingFile(
            f"--dataset lee: {path} does not exist; pip install --force-reinstall gensim"
        )
    return [Source("lee_background.cor", (path,), lambda _: read_lines(path))]


def _newsgroups() -> list[Source]:
    from importlib.metadata import version

    facts = (("scikit-learn", version("scikit-learn")), ("remove", "headers, footers, quotes"))
    return [Source("20newsgroups", (), _read_newsgroups, facts)]


def _read_newsgroups(wanted: Wanted) -> Table:  # noqa: ARG001
    from sklearn.datasets import fetch_20newsgroups

    def rows() -> Iterator[Row]:
        _LOG.info("20 Newsgroups: downloads 14 MB once, then reads scikit-learn's cache.")
        line = 0
        for subset in ("train", "test"):
            try:
                data = fetch_20newsgroups(subset=subset, remove=("headers", "footers", "quotes"))
            except OSError as error:
                raise ThetaError(
                    f"--dataset 20newsgroups could not be downloaded ({error}); it needs "
                    "network access once, or scikit-learn's cache (SCIKIT_LEARN_DATA)"
                ) from error
            for text, target in zip(data.data, data.target, strict=True):
                line += 1
                yield Row(line, [text, data.target_names[target], subset])

    return Table("20newsgroups", ("text", "label", "split"), rows())


BUILT_IN = {
    data.name: data
    for data in (
        BuiltIn(
            "lee",
            "300 news texts of the Australian Broadcasting Corporation, 2000-2002",
            "gensim, a file of the package (Lee, Pincombe & Welsh 2005)",
            _lee,
        ),
        BuiltIn(
            "20newsgroups",
            "18,846 newsgroup posts in 20 groups, headers, footers and quotes removed",
            "scikit-learn's fetcher, over the network once",
            _newsgroups,
        ),
    )
}
"""Built-in data sets by their names for `--dataset`."""


def dataset_sources(
    project: ProjectPaths, dataset: str, wanted: Wanted | None = None
) -> list[Source]:
    """Return the sources of a data set: the user's folder of that name, or else the built-in one.

    Raises
    ------
    MissingFile
        If there is neither; the message lists the data sets.
    """
    folder = project.dataset_dir(dataset)
    if folder.is_dir():
        if dataset in BUILT_IN:
            _LOG.info("Reading %s, not the built-in data set of that name.", folder)
        return find_sources(folder, wanted)
    if dataset in BUILT_IN:
        return BUILT_IN[dataset].sources()
    own = _folders(project)
    raise MissingFile(
        f"there is no data set {dataset!r}: put your files into {folder}/, or choose one of "
        f"{', '.join([*own, *BUILT_IN])}"
    )


class DatasetEntry(NamedTuple):
    """One line of `--list_datasets`.

    Attributes
    ----------
    name : str
    origin : str
        Folder, or origin of a built-in data set.
    rows : int or None
        None if it has not been counted.
    columns : tuple of str
    problem : str
        Why it cannot be read; empty if it can.
    """

    name: str
    origin: str
    rows: int | None
    columns: tuple[str, ...]
    problem: str = ""


def list_datasets(project: ProjectPaths) -> list[DatasetEntry]:
    """Return the user's data sets, with rows and columns, and the built-in ones."""
    entries = [_described(project, name) for name in _folders(project)]
    own = {entry.name for entry in entries}
    return entries + [
        DatasetEntry(data.name, f"{data.description}; {data.origin}", None, ())
        for data in BUILT_IN.values()
        if data.name not in own
    ]


def _described(project: ProjectPaths, name: str) -> DatasetEntry:
    folder = project.dataset_dir(name)
    rows = 0
    columns: dict[str, None] = {}
    try:
        for source in find_sources(folder):
            table = source.open()
            columns.update(dict.fromkeys(table.columns))
            rows += sum(1 for _ in table.rows)
    except ThetaError as error:
        return DatasetEntry(name, str(folder), None, (), str(error))
    return DatasetEntry(name, str(folder), rows, tuple(columns))


def _folders(project: ProjectPaths) -> list[str]:
    if not project.data.is_dir():
        return []
    folders = (path for path in project.data.iterdir() if path.is_dir())
    return sorted(path.name for path in folders if not path.name.startswith("."))
