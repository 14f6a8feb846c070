"""The tables of a finished run as data frames."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from theta import storage
from theta.errors import MissingFile
from theta.layout import MODEL_TABLES
from theta.models.requirements import require_library
from theta.pipeline.topic_table import topic_columns
from theta.run import Run

if TYPE_CHECKING:
    import pandas


class RunTables:
    """The tables of a finished run, each read on first access.

    Attributes
    ----------
    folder : Path
    config : mapping
        config.json: options, versions, seed, device.
    """

    def __init__(self, folder: Path) -> None:
        self._pandas = require_library("pandas", "pandas")
        self.folder = folder
        self._run = Run.open(folder)
        self.config: Mapping[str, Any] = self._run.config

    def __repr__(self) -> str:
        return f"RunTables({str(self.folder)!r}): {self.config['model']}"

    @cached_property
    def topics(self) -> pandas.DataFrame:
        """One row per topic, largest first, indexed by topic number: share and top words."""
        table = self._pandas.read_csv(self._checked(self._run.files.topics_table))
        return table.rename(columns={"id": "topic"}).set_index("topic")

    @cached_property
    def topic_words(self) -> pandas.DataFrame:
        """One row per topic and top word: topic, rank, word, score, probability."""
        rows = [
            {"topic": topic["topic"], "rank": rank, **entry}
            for topic in storage.read_json(self._checked(self._run.files.topic_words))
            for rank, entry in enumerate(topic["words"], start=1)
        ]
        return self._pandas.DataFrame(rows)

    @cached_property
    def documents(self) -> pandas.DataFrame:
        """One row per document: the user's columns as text, all weights, dominant topic."""
        path = self._checked(self._run.files.doc_topics_table)
        table = self._pandas.read_csv(path, dtype=str, keep_default_na=False)
        kinds: dict[str, type] = {"dominant_topic": int, "dominant_weight": float}
        kinds |= dict.fromkeys(topic_columns(self._run.numbers), float)
        return table.astype(kinds).set_index(table.columns[0])

    @cached_property
    def doc_topic(self) -> pandas.DataFrame:
        """θ: one row per document, indexed by its id, and one column per topic."""
        return self._frame(self._run.doc_topic, index=self.documents.index)

    @cached_property
    def topic_word(self) -> pandas.DataFrame:
        """β: one row per word of the vocabulary and one column per topic."""
        index = self._pandas.Index(self._run.vocabulary, name="word")
        return self._frame(self._run.topic_word.T, index=index)

    @cached_property
    def history(self) -> pandas.DataFrame:
        """One row per epoch of the training; empty for a model that has none."""
        return self._pandas.DataFrame(self._run.history)

    @cached_property
    def metrics(self) -> pandas.DataFrame:
        """One row per metric: value, definition, reason, low and high end of the interval.

        Raises
        ------
        MissingFile
            If the run has not been evaluated.
        """
        if not self._run.metrics:
            raise MissingFile(f"{self.folder} has no metrics: it was made with --skip_eval")
        rows = []
        for one in self._run.metrics:
            low, high = one.interval or (None, None)
            named = {"metric": one.name, "value": one.value, "low": low, "high": high}
            rows.append({**named, "definition": one.definition, "reason": one.reason})
        return self._pandas.DataFrame(rows).set_index("metric")

    @cached_property
    def model_tables(self) -> Mapping[str, pandas.DataFrame]:
        """Tables that only some models write, by name: covariate_effects, topic_words_by_slice."""
        paths = {name: self._run.files.model_table(name) for name in MODEL_TABLES}
        return {
            name: self._pandas.read_csv(self._checked(path))
            for name, path in paths.items()
            if path.exists()
        }

    def _checked(self, path: Path) -> Path:
        assert self._run.folder is not None
        return self._run.folder.checked(path)

    def _frame(self, weights: Any, index: Any) -> pandas.DataFrame:
        columns = topic_columns(self._run.numbers)
        return self._pandas.DataFrame(weights, index=index, columns=columns)


def load_run(folder: str | Path) -> RunTables:
    """Return the tables of a finished run as pandas data frames.

    Parameters
    ----------
    folder : str or Path
        Folder of the run: ``result/<size>/<dataset>/<mode>``.

    Raises
    ------
    MissingFile
        If there is no finished run, or another version wrote it.
    ThetaError
        If pandas is not installed.
    """
    return RunTables(Path(folder))
