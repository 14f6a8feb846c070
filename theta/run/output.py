"""What the training of a run has learnt, and how it applies to documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta import storage
from theta.contracts import ModelInputs, Split, TopicModelOutput
from theta.corpus.store import text_column
from theta.effects.covariates import Design
from theta.models.base import HasPosterior
from theta.models.calibration import CalibratedPosterior, Start
from theta.models.editing.shares import EditedPosterior, edited_shares, model_state
from theta.models.posterior import SharePosterior
from theta.run.origin import RunOrigin
from theta.run.preprocessing import Preprocessing, make_preprocessing
from theta.run.stored import StoredOutput


class RunOutput(RunOrigin):
    """What the training of a run has learnt: θ, β and the weights."""

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

    @cached_property
    def texts(self) -> Sequence[str]:
        """The original texts of the documents."""
        return text_column(self.prepared.corpus_files)

    def infer(self, inputs: ModelInputs, device: str) -> NDArray[np.float32]:
        """Return θ of documents, each row independent of the others: (n_docs, num_topics)."""
        return self._edited(self._infer_trained(inputs, device), inputs)

    def infer_first_halves(self, device: str) -> NDArray[np.float32]:
        """Return θ of the first halves of the test documents: (n_test, num_topics).

        The model infers it once: edits change its result only.
        """
        inputs = self.prepared.first_halves()
        if self.first_halves is None:
            self.first_halves = self._infer_trained(inputs, device)
        return self._edited(self.first_halves, inputs)

    @cached_property
    def first_halves(self) -> NDArray[np.float32] | None:
        """θ of the first halves of the test documents before edits; None if not inferred yet."""
        if self.folder is None or not self.folder.has(self.files.first_halves):
            return None
        return self.folder.array(self.files.first_halves)

    def _infer_trained(self, inputs: ModelInputs, device: str) -> NDArray[np.float32]:
        """Return θ of documents before edits."""
        return self.model.infer(model_state(self.state), self.model_options, inputs, device)

    def _edited(self, doc_topic: NDArray[np.float32], inputs: ModelInputs) -> NDArray[np.float32]:
        """Return θ after edits."""
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

    @cached_property
    def calibration(self) -> Start:
        """The topics of calibrated shares, from the file of an earlier analysis if there is one.

        Without one it takes about as long as a training. Topics may have been edited, which
        removes the file, and any model has them.
        """
        corpus = self.prepared.corpus
        if self.folder is not None and self.folder.has(self.files.calibration):
            kept = Start.from_arrays(corpus.bow, self.folder.arrays(self.files.calibration))
            if kept is not None:
                return kept
        held_out = np.flatnonzero(corpus.split != Split.TRAIN)
        return Start.chosen(corpus.bow, self.topic_word, held_out, self.seed)

    def calibrated(
        self, x: NDArray[np.float64] | None = None, rows: NDArray[np.intp] | None = None
    ) -> CalibratedPosterior:
        """Return the posterior of calibrated topic shares of the run's own documents.

        Parameters
        ----------
        x : (n_rows, n_columns) float64, optional
            Design matrix of the prior means, of full rank, the intercept first. A common mean by
            default.
        rows : (n_rows,) int, optional
            The documents; all by default.
        """
        start = self.calibration if rows is None else self.calibration.at(rows)
        return start.calibrated(x, self.seed)
