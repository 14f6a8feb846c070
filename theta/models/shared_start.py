"""The parts of THETA's initialisation that the trainings of a search have in common."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta.contracts import Corpus, Embeddings, Labels
from theta.models.base import Arrays, FitContext
from theta.models.document_space import LexicalSpace, nearest_documents
from theta.models.guided_topics import GuidedTopics, read_guided_topics
from theta.models.smoothing import Smoothing, find_smoothing
from theta.models.theta_options import ThetaOptions
from theta.models.topic_words import log_counts
from theta.models.warm_start import StartSpace, start_clusters

_PROJECTED = "projected"


@dataclass(frozen=True)
class SharedStart:
    """Computes each part once for all trainings with equal inputs, through `FitContext.reuse`.

    Attributes
    ----------
    corpus : Corpus
    embeddings : Embeddings
    options : ThetaOptions
    context : FitContext
    rows : (n_train,) int
        Rows of the training documents.
    """

    corpus: Corpus
    embeddings: Embeddings
    options: ThetaOptions
    context: FitContext
    rows: NDArray[np.intp]

    def guided_topics(self) -> GuidedTopics | None:
        """Return the topics that the user asks for; None without any."""

        def embed(texts: list[str]) -> NDArray[Any]:
            return self._reuse("texts", texts, lambda: {"": self.context.embed(texts)})[""]

        options = self.options
        return read_guided_topics(
            options.topics, options.seed_words, self.corpus.vocabulary, options.num_topics, embed
        )

    def lexical(self) -> tuple[LexicalSpace | None, NDArray[np.float16] | None]:
        """Return the lexical space and the vectors of all documents; None for 0 dimensions."""
        n_dimensions, seed = self.options.lexical_dim, self.context.seed

        def compute() -> Arrays:
            counts = log_counts(self.corpus.bow)
            space = LexicalSpace.of(counts[self.rows], n_dimensions, seed)
            return {} if space is None else {**space.arrays(), _PROJECTED: space.project(counts)}

        arrays = dict(self._reuse("lexical", [n_dimensions], compute))
        projected = arrays.pop(_PROJECTED, None)
        return LexicalSpace.from_arrays(arrays), projected

    def smoothing(self, lexical: NDArray[np.float16] | None) -> Smoothing | None:
        """Return the smoothing of the encoder's input; see `find_smoothing`."""
        weight, vectors = self.options.neighbor_weight, self.embeddings.documents
        if weight == 0 or self._n_neighbors == 0:
            return None
        inputs = [self._n_neighbors, self.options.lexical_dim, weight]

        def compute() -> Arrays:
            found = find_smoothing(
                vectors,
                lexical,
                self.rows,
                self._n_neighbors,
                weight,
                self.context.seed,
                self.context.device,
            )
            return {} if found is None else found.arrays()

        return Smoothing.from_arrays(self._reuse("smoothing", inputs, compute))

    def features(self, smoothing: Smoothing | None) -> NDArray[Any]:
        """Return what the encoder reads of all documents: (n_docs, dim)."""
        vectors, device = self.embeddings.documents, self.context.device
        if smoothing is None:
            return vectors
        inputs = [smoothing.n_neighbors, smoothing.weight]

        def compute() -> Arrays:
            return {"": smoothing.apply(vectors, device, self._room_for(vectors))}

        return self._reuse("smoothed", inputs, compute)[""]

    def _room_for(self, vectors: NDArray[Any]) -> NDArray[np.float16] | None:
        """Return an array on disk for as many vectors, if memory is too small; else None."""
        limit, checkpoint = self.context.max_bytes, self.context.checkpoint
        if limit is None or 2 * vectors.size <= limit:
            return None
        # The file has no name: it is gone with the process, however that ends.
        with tempfile.TemporaryFile(dir=None if checkpoint is None else checkpoint.parent) as file:
            return np.memmap(file, dtype=np.float16, mode="w+", shape=vectors.shape)

    def space(self, lexical: NDArray[np.float16] | None, labels: Labels | None) -> StartSpace:
        """Return the vectors of the initial clustering; see `StartSpace.of`."""
        return StartSpace.of(
            self.embeddings.documents,
            self.rows,
            self._n_neighbors,
            lexical,
            self.context.seed,
            None if labels is None else labels.codes,
            find_neighbors=self._neighbors,
        )

    def clusters(
        self, space: StartSpace, guided: GuidedTopics | None, labels: Labels | None
    ) -> NDArray[np.intp]:
        """Return the initial cluster of each training document; see `start_clusters`."""
        num_topics = self.options.num_topics
        inputs = [
            self._n_neighbors,
            self.options.lexical_dim,
            num_topics,
            None if guided is None else guided.definition,
            labels is not None,
        ]

        def compute() -> Arrays:
            bow = self.corpus.bow[self.rows]
            return {"": start_clusters(space, bow, guided, num_topics, self.context.seed)}

        return self._reuse("clusters", inputs, compute)[""]

    @property
    def _n_neighbors(self) -> int:
        # A neighbourhood must be smaller than a topic.
        return min(self.options.neighbor_docs, len(self.rows) // (2 * self.options.num_topics))

    def _neighbors(
        self, embeddings: NDArray[Any], rows: NDArray[np.intp], n_neighbors: int, seed: int
    ) -> NDArray[np.int64]:
        def compute() -> Arrays:
            found = nearest_documents(embeddings, rows, n_neighbors, seed, self.context.device)
            return {"": found}

        return self._reuse("neighbors", [n_neighbors], compute)[""]

    def _reuse(self, name: str, inputs: list[Any], compute: Any) -> Arrays:
        data = [self.corpus.fingerprint, self.embeddings.fingerprint, self.context.seed]
        return self.context.reuse(name, [*data, *inputs], compute)
