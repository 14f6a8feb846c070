"""The class that owns a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from theta import storage
from theta.contracts import TopicModelOutput
from theta.evaluation.inputs import LabelTask
from theta.layout import ProjectPaths, RunFiles
from theta.plots.groups import DocumentGroups, document_groups
from theta.plots.map import DocumentMap
from theta.plots.means import GroupMeans, periods_of, why_no_periods
from theta.relations.analysis import Relations
from theta.run.document_map import make_map
from theta.run.folder import RunFolder
from theta.run.labels import Predictions, classification_record, make_label_task, predict_labels
from theta.run.prepared import Prepared
from theta.run.records import RunRecords
from theta.trends.analysis import estimate_trends
from theta.trends.results import Trends


class Run(RunRecords):
    """One training of one model: just trained, or read from its folder.

    Made by `Run.fresh` and `Run.open`. Files are checked and read, and derived views computed, on
    first access and only once.
    """

    @classmethod
    def fresh(
        cls,
        files: RunFiles,
        project: ProjectPaths,
        *,
        config: Mapping[str, Any],
        prepared: Prepared,
        output: TopicModelOutput,
    ) -> Run:
        """Return a run that was just trained.

        Parameters
        ----------
        files : RunFiles
            Where it will be stored.
        project : ProjectPaths
        config : mapping
            Content of config.json.
        prepared : Prepared
            The data it was trained on.
        output : TopicModelOutput
        """
        run = cls(files, project)
        # An assigned cached property is not read from the folder.
        run.config, run.prepared, run.output = config, prepared, output
        return run

    @classmethod
    def open(
        cls,
        folder: Path,
        project: ProjectPaths | None = None,
        *,
        prepared: Prepared | None = None,
        fix: str = "python run_pipeline.py",
    ) -> Run:
        """Return the finished run in a folder.

        Parameters
        ----------
        folder : Path
        project : ProjectPaths, optional
            Where its corpus is; taken from the environment by default.
        prepared : Prepared, optional
            The prepared data, if already loaded.
        fix : str
            The command that makes the run, for error messages.

        Raises
        ------
        MissingFile
            If there is no finished run, or its format is that of another version.
        Damaged
            If the manifest is damaged.
        """
        run_folder = RunFolder(folder, fix)
        run = cls(run_folder.files, project or ProjectPaths.from_environment(), run_folder)
        if prepared is not None:
            run.prepared = prepared
        return run

    def __repr__(self) -> str:
        return f"Run({str(self.files.root)!r}): {self.config['model']}"

    @contextmanager
    def renewing(self) -> Iterator[RunFiles]:
        """Yield a copy of a finished run that replaces it when the block ends."""
        assert self.folder is not None
        with self.folder.replacing() as new:
            storage.copy_listed(self.files.root, self.folder.manifest, new)
            yield RunFiles(new)

    def reopened(self) -> Run:
        """Return the run as read from its folder, keeping what the console shows.

        This frees the memory that θ, weights and corpus of a run just trained take.
        """
        run = Run.open(self.files.root, self.project)
        run.topics, run.metrics, run.tables = self.topics, self.metrics, self.tables
        run.unfolded, run.effects = self.unfolded, self.effects
        return run

    def detach(self) -> None:
        """Drop the corpus, after computing what the run needs from it."""
        needed = ("config", "output", "preprocessing", "vocabulary", "names", "topics", "tables")
        for name in (*needed, "topic_flags", "fits", "described"):
            getattr(self, name)
        if self.folder is None:  # else it is in the folder, which is saved as it is
            _ = self.hierarchy
        for name in ("prepared", "phrases"):
            vars(self).pop(name, None)

    @cached_property
    def document_map(self) -> DocumentMap | None:
        """The map of the documents; None for fewer than three documents."""
        return make_map(self.prepared, self.doc_topic)

    @cached_property
    def groups(self) -> list[DocumentGroups]:
        """The documents grouped by label and by each covariate, with mean topic weights."""
        corpus = self.prepared.corpus
        groups = document_groups(corpus.labels, corpus.covariates, self.doc_topic)
        if self.relations is None or not self.relations.groups:
            return groups
        return [replace(one, means=self._group_means(one, self.relations)) for one in groups]

    def _group_means(self, group: DocumentGroups, relations: Relations) -> GroupMeans:
        """Return means whose intervals hold the uncertainty of the shares."""
        means = relations.means_of(group.column, group.labels.names)
        return replace(means, counts=group.means.counts)

    @cached_property
    def over_time(self) -> Trends | None:
        """The topics over time; None without two different dates.

        In a run of an earlier version they are computed of θ as known, without words.
        """
        times = self.prepared.corpus.times
        if self.trends is not None or times is None or why_no_periods(times) is not None:
            return self.trends
        return estimate_trends(periods_of(times), times, [self.doc_topic], [])

    @cached_property
    def predictions(self) -> Predictions | None:
        """The predicted label of each document; None if the model has learnt no labels."""
        return predict_labels(self.state, self.facts.get("labels"), self.doc_topic)

    @cached_property
    def label_task(self) -> LabelTask | None:
        """The labelled documents to learn from and to evaluate on; None if there are none."""
        return make_label_task(self.prepared, self.doc_topic, self.predictions)

    @cached_property
    def classification(self) -> Mapping[str, Any] | None:
        """How well labels of test documents are predicted, JSON-ready; None without predictions."""
        return classification_record(self.label_task, self.prepared.corpus.labels)
