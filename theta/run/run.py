"""The class that owns a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from theta import storage
from theta.contracts import (
    Metric,
    ModelInputs,
    ModelTable,
    Split,
    TopicModelOutput,
    ranked_words,
)
from theta.corpus.store import text_column
from theta.effects.analysis import Effects
from theta.effects.covariates import Design
from theta.evaluation.health import Health, check_health
from theta.evaluation.inputs import LabelTask
from theta.evaluation.topic_flags import TopicFlag, flag_topics
from theta.layout import ProjectPaths, RunFiles
from theta.models.base import HasPosterior, HasTables
from theta.models.calibration import CalibratedPosterior, calibrate
from theta.models.described_topics import NO_FIT, DescriptionFit
from theta.models.editing.shares import EditedPosterior, edited_shares, model_state
from theta.models.naming.from_texts import phrases_of
from theta.models.naming.names import GIVEN, TopicName
from theta.models.naming.phrases import Phrases
from theta.plots.groups import DocumentGroups, document_groups
from theta.plots.map import DocumentMap
from theta.plots.means import GroupMeans, periods_of, why_no_periods
from theta.plots.similarity import word_similarity
from theta.plots.topics import TopicLabel
from theta.relations.analysis import Relations
from theta.run.coding import coded_metrics
from theta.run.described import MetDescription, describe_fit
from theta.run.document_map import make_map
from theta.run.folder import RunFolder
from theta.run.hierarchy import Hierarchy, find_hierarchy
from theta.run.labels import Predictions, classification_record, make_label_task, predict_labels
from theta.run.metrics import read_metrics
from theta.run.moves import moves_table
from theta.run.naming import name_fresh_topics, read_names
from theta.run.origin import RunOrigin
from theta.run.prepared import Prepared
from theta.run.preprocessing import Preprocessing, make_preprocessing
from theta.run.stored import StoredOutput
from theta.run.topic_flags import topic_evidence
from theta.run.topics import TOP_WORDS_SAVED, TOP_WORDS_SHOWN, Topic, describe_topics, read_topics
from theta.run.word_forms import english_forms, fold_forms, written_words
from theta.trends.analysis import Trends, estimate_trends

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theta.models.posterior import SharePosterior


class Run(RunOrigin):
    """One training of one model: just trained, or read from its folder.

    Made by `Run.fresh` and `Run.open`. Files are checked and read, and derived views computed, on
    first access and only once.
    """

    earlier_names: Mapping[int, TopicName] = {}
    """Automatic names, by topic number, that the run had before an edit: topics keep them."""

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
        manifest = self.folder.manifest
        with storage.replacing(self.files.root, manifest["stands_on"]) as new:
            storage.copy_listed(self.files.root, manifest, new)
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

    # --- its topics ------------------------------------------------------------------------

    @cached_property
    def output(self) -> TopicModelOutput:
        """The complete result of the training."""
        assert isinstance(self._output, StoredOutput)
        return self._output.complete()

    @cached_property
    def _output(self) -> TopicModelOutput | StoredOutput:
        """The result of the training; that of a finished run is read in parts."""
        return self.output if self.folder is None else StoredOutput(self.folder)

    @property
    def doc_topic(self) -> NDArray[np.float32]:
        """θ: (n_docs, num_topics)."""
        return self._output.doc_topic

    @property
    def topic_word(self) -> NDArray[np.float32]:
        """β: (num_topics, n_words)."""
        return self._output.topic_word

    @property
    def state(self) -> Mapping[str, NDArray[Any]]:
        """The arrays that the model needs to infer θ of new documents."""
        return self._output.state

    @property
    def history(self) -> Sequence[Mapping[str, Any]]:
        """One entry per epoch of the training."""
        return self._output.history

    @property
    def facts(self) -> Mapping[str, Any]:
        """Other facts recorded during the training."""
        return self._output.facts

    @property
    def num_topics(self) -> int:
        """Number of topics."""
        return int(self.topic_word.shape[0])

    @cached_property
    def numbers(self) -> tuple[int, ...]:
        """The number of each topic. After edits it may differ from the topic's position."""
        return tuple(self.facts.get("topic_numbers", range(self.num_topics)))

    @cached_property
    def given_names(self) -> Mapping[int, str]:
        """The names that the user gave, by topic number: in an edit, or of guided topics."""
        guided = [*self.facts.get("described_topics", ()), *self.guided.values()]
        named = {record["topic"]: record["name"] for record in guided}
        named |= {int(number): name for number, name in self.facts.get("topic_names", {}).items()}
        return named

    @cached_property
    def phrases(self) -> Phrases:
        """The phrases of the corpus, counted by topic."""
        return phrases_of(self.prepared.corpus, self.doc_topic)

    @cached_property
    def automatic_names(self) -> Mapping[int, TopicName]:
        """The names that the program found, by topic number; none in runs of earlier versions."""
        if self.folder is None:
            return name_fresh_topics(self)
        has_names = self.folder.has(self.files.topic_names)
        return read_names(self.folder.json(self.files.topic_names)) if has_names else {}

    def take_names(self, names: Mapping[int, TopicName]) -> None:
        """Replace the automatic names, given by topic number."""
        self.automatic_names = names
        for view in ("names", "labels"):
            vars(self).pop(view, None)
        by_number = dict(zip(self.numbers, self.names, strict=True))
        self.topics = [replace(topic, name=by_number[topic.number]) for topic in self.topics]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The name of each topic, unique; empty for a topic without one."""
        named = {number: found.name for number, found in self.automatic_names.items()}
        named |= self.given_names
        return tuple(named.get(number, "") for number in self.numbers)

    @property
    def name_sources(self) -> tuple[str, ...]:
        """Where the name of each topic comes from; empty for a topic without one."""
        sources = {number: found.source for number, found in self.automatic_names.items()}
        sources |= dict.fromkeys(self.given_names, GIVEN)
        return tuple(sources.get(number, "") for number in self.numbers)

    @cached_property
    def labels(self) -> list[TopicLabel]:
        """The topics as charts show them."""
        return [
            TopicLabel(number, words, name)
            for number, words, name in zip(self.numbers, self.topic_words, self.names, strict=True)
        ]

    @cached_property
    def design(self) -> Design | None:
        """How the model reads covariates; None if it uses none."""
        return Design.of_state(self.state)

    @cached_property
    def vocabulary(self) -> Sequence[str]:
        """The words, in the order of the columns of β."""
        if "prepared" in vars(self):
            return self.prepared.corpus.vocabulary
        return self.preprocessing.rules.vocabulary

    @cached_property
    def ranked_words(self) -> NDArray[np.intp]:
        """The ids of all words of each topic, best first: (num_topics, n_words)."""
        return ranked_words(self.topic_word, self._output.word_scores)

    @cached_property
    def forms(self) -> NDArray[np.intp] | None:
        """A number for all forms of each word, (n_words,); None if they are not folded."""
        return english_forms(self.vocabulary) if self.config["options"]["fold_forms"] else None

    @cached_property
    def _listed_words(self) -> NDArray[np.intp]:
        return (
            self.ranked_words if self.forms is None else fold_forms(self.ranked_words, self.forms)
        )

    def top_words(self, n: int) -> NDArray[np.intp]:
        """Return the ids of the `n` top words of each topic, best first: (num_topics, n)."""
        return self._listed_words[:, :n]

    @cached_property
    def topic_words(self) -> list[list[tuple[str, float]]]:
        """The top words of each topic as they are shown, best first, with their probabilities."""
        listed, ranked = (w[:, :TOP_WORDS_SAVED] for w in (self._listed_words, self.ranked_words))
        shown = written_words(listed, ranked, self.vocabulary, self.forms)
        return [
            list(zip(texts, own[words].tolist(), strict=True))
            for texts, own, words in zip(shown, self.topic_word, listed, strict=True)
        ]

    @cached_property
    def topics(self) -> list[Topic]:
        """The topics, largest share first."""
        if self.folder is None:
            return describe_topics(
                self.shares, self.health.documents, self.topic_words, self.numbers, self.names
            )
        entries = self.folder.json(self.files.topic_words)
        if any("documents" not in entry for entry in entries):  # earlier versions left it out
            counts = dict(zip(self.numbers, self.health.documents.tolist(), strict=True))
            entries = [{"documents": counts[entry["topic"]], **entry} for entry in entries]
        return read_topics(entries)

    @property
    def topics_by_row(self) -> list[Topic]:
        """The topics, in the order of the rows of β."""
        by_number = {topic.number: topic for topic in self.topics}
        return [by_number[number] for number in self.numbers]

    @cached_property
    def guided(self) -> Mapping[int, Mapping[str, Any]]:
        """The records of the topics with seed words, by topic number."""
        return {guided["topic"]: guided for guided in self.facts.get("seed_words", ())}

    @cached_property
    def description_fit(self) -> DescriptionFit | None:
        """Which documents fit the descriptions of topics; None for a run without any."""
        if not self.facts.get("described_topics"):
            return None
        return DescriptionFit.from_arrays(self.state)

    @cached_property
    def described(self) -> list[MetDescription]:
        """How well each described topic meets its description."""
        if self.description_fit is None or self.prepared.embeddings is None:
            return []
        return describe_fit(
            self.facts["described_topics"],
            dict(zip(self.numbers, self.names, strict=True)),
            self.description_fit,
            self.prepared.embeddings.documents,
            np.array(self.numbers)[self.doc_topic.argmax(axis=1)],
            dict(zip(self.numbers, self.ranked_words, strict=True)),
            self.preprocessing.rules,
        )

    @cached_property
    def fits(self) -> list[str] | None:
        """The name of the described topic that each document fits; see `fits_of`."""
        if self.description_fit is None or self.prepared.embeddings is None:
            return None
        return self.fits_of(self.prepared.embeddings.documents, self.doc_topic)

    def fits_of(
        self, embeddings: NDArray[np.floating[Any]] | None, doc_topic: NDArray[np.float32]
    ) -> list[str] | None:
        """Return the name of the described topic that each document fits, empty for none.

        None if no topic is described, or too few documents were held out to choose a threshold.
        """
        fit = self.description_fit
        if fit is None or embeddings is None or bool(np.isnan(fit.thresholds).all()):
            return None
        names = {NO_FIT: "", **dict(zip(self.numbers, self.names, strict=True))}
        main_topics = np.array(self.numbers)[doc_topic.argmax(axis=1)]
        fitting = fit.fitting(fit.similarity(embeddings), main_topics)
        return [names[number] for number in fitting.tolist()]

    @cached_property
    def shares(self) -> NDArray[np.float64]:
        """Mean weight of each topic over the documents: (num_topics,)."""
        return np.asarray(self.doc_topic.mean(axis=0, dtype=np.float64))

    @cached_property
    def health(self) -> Health:
        """Signs of superfluous topics and of a training that was too short or too long."""
        words, options = self.top_words(TOP_WORDS_SHOWN), self.config["model_options"]
        return check_health(self.doc_topic, words, self.history, options, self.numbers)

    @cached_property
    def topic_flags(self) -> Sequence[TopicFlag]:
        """Topics that are no use as they are, with the evidence and what cures them."""
        if self.folder is not None:
            recorded = self.folder.json(self.files.history).get("health", {}).get("topics")
            if recorded is not None:  # earlier versions did not look for them
                return [TopicFlag.of_record(entry) for entry in recorded]
        evidence = topic_evidence(
            self.prepared.corpus,
            self.texts,
            self.preprocessing.rules.words,
            self.doc_topic,
            self.top_words(TOP_WORDS_SHOWN),
        )
        return flag_topics(evidence, self.health.doubled, self.numbers)

    @cached_property
    def tables(self) -> Sequence[ModelTable]:
        """What is reported besides topics; empty for most runs."""
        model, update = self.model, self.facts.get("update")
        # Automatic names depend on the edits before them, which --verify makes all at once.
        names = {number: self.given_names.get(number, "") for number in self.numbers}
        moves = [] if update is None else [moves_table(update, names)]
        # The tables are about the topics of the training, in their order.
        if not isinstance(model, HasTables) or self.numbers != tuple(range(self.num_topics)):
            return moves
        return [*moves, *model.tables(self.output, self.vocabulary)]

    @cached_property
    def metrics(self) -> Sequence[Metric]:
        """The metrics; empty for a run that has not been evaluated."""
        return read_metrics(self.evaluation)

    @cached_property
    def unfolded(self) -> Mapping[str, float | None]:
        """Metrics of the words without folding of their forms; empty if they are not folded."""
        values: Mapping[str, float | None] = self.evaluation.get("unfolded", {})
        return values

    @cached_property
    def evaluation(self) -> Mapping[str, Any]:
        """The content of evaluation_results.json; empty for a run that has not been evaluated."""
        if self.folder is None or not self.folder.has(self.files.evaluation):
            return {}
        content: Mapping[str, Any] = self.folder.json(self.files.evaluation)
        return content

    @cached_property
    def coding(self) -> Mapping[str, Any]:
        """The scores of the coders' answers by task; empty for a run that was not coded."""
        if self.folder is None or not self.folder.has(self.files.intrusion_scores):
            return {}
        content = self.folder.json(self.files.intrusion_scores)
        scores: Mapping[str, Any] = content["tasks"]
        return scores if content["topics"] == self.topics_checksum else {}

    @property
    def coded_metrics(self) -> list[Metric]:
        """The scores of the coders' answers as metrics; empty for a run that was not coded."""
        return coded_metrics(self.coding, self.numbers)

    @property
    def topics_checksum(self) -> str:
        """A short hash of the top words of all topics: what coders saw of them."""
        words = self.top_words(TOP_WORDS_SHOWN).tolist()
        return storage.fingerprint([[self.vocabulary[v] for v in own] for own in words])

    @cached_property
    def effects(self) -> Effects | None:
        """The effects of covariates on topic shares; None if they have not been estimated."""
        if self.folder is None or not self.folder.has(self.files.effects):
            return None
        return Effects.from_json(self.folder.json(self.files.effects))

    @cached_property
    def trends(self) -> Trends | None:
        """The topics over time; None if they have not been estimated."""
        if self.folder is None or not self.folder.has(self.files.trends):
            return None
        return Trends.from_json(self.folder.json(self.files.trends))

    @cached_property
    def relations(self) -> Relations | None:
        """How the topics correlate, and their shares by group; None if not estimated."""
        if self.folder is None or not self.folder.has(self.files.relations):
            return None
        return Relations.from_json(self.folder.json(self.files.relations))

    # --- views of its topics ---------------------------------------------------------------

    @cached_property
    def hierarchy(self) -> Hierarchy:
        """The merges of topics, with words and a name for each group; none for one topic."""
        if self.folder is not None and self.folder.has(self.files.hierarchy):
            return Hierarchy.from_json(self.folder.json(self.files.hierarchy), self.numbers)
        return find_hierarchy(self)

    @cached_property
    def similarity(self) -> NDArray[np.float64]:
        """How similar the topics are by their words: (num_topics, num_topics)."""
        return word_similarity(self.topic_word)

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

    # --- its documents and new ones --------------------------------------------------------

    def infer(self, inputs: ModelInputs, device: str) -> NDArray[np.float32]:
        """Return θ of documents, each row independent of the others: (n_docs, num_topics)."""
        doc_topic = self.model.infer(model_state(self.state), self.model_options, inputs, device)
        numbers = self.facts.get("trained_numbers", range(doc_topic.shape[1]))
        return edited_shares(doc_topic, self.edits, numbers, inputs, self.state)

    def posterior(self, inputs: ModelInputs, device: str) -> SharePosterior | None:
        """Return the posterior of θ of documents; None if the model has none."""
        model = self.model
        if not isinstance(model, HasPosterior):
            return None
        of_model = model.posterior(model_state(self.state), self.model_options, inputs, device)
        if not self.edits:
            return of_model
        numbers = self.facts.get("trained_numbers")
        return EditedPosterior(of_model, self.edits, numbers, inputs, self.state)

    def calibrated(
        self, x: NDArray[np.float64] | None = None, rows: NDArray[np.intp] | None = None
    ) -> CalibratedPosterior:
        """Return the posterior of calibrated topic shares of the run's own documents.

        It takes about as long as a training. Topics may have been edited, and any model has them.

        Parameters
        ----------
        x : (n_rows, n_columns) float64, optional
            Design matrix of the prior means, of full rank, the intercept first. A common mean by
            default.
        rows : (n_rows,) int, optional
            The documents; all by default.
        """
        corpus = self.prepared.corpus
        if rows is None:
            rows = np.arange(corpus.n_docs)
        held_out = np.flatnonzero(corpus.split[rows] != Split.TRAIN)
        return calibrate(corpus.bow[rows], self.topic_word, x, held_out, self.seed)

    @cached_property
    def texts(self) -> Sequence[str]:
        """The original texts of the documents."""
        return text_column(self.prepared.corpus_files)

    @cached_property
    def preprocessing(self) -> Preprocessing:
        """How new documents become model inputs."""
        if self.folder is None:
            needs_embeddings = "embeddings" in self.model.needs
            return make_preprocessing(self.prepared, self.output, with_embeddings=needs_embeddings)
        preprocessing = self.folder.preprocessing()
        n_topic_words, n_words = self.topic_word.shape[1], len(preprocessing.rules.vocabulary)
        if n_topic_words != n_words:
            raise storage.Damaged(
                f"{self.files.root}: the topics are over {n_topic_words} words, the vocabulary has "
                f"{n_words}; run it again: {self.repeat_command}"
            )
        return preprocessing
