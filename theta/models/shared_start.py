"""The parts of THETA's initialisation that the trainings of a search have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from theta.models.document_space import LexicalSpace, nearest_documents
from theta.models.topic_words import log_counts
from theta.models.warm_start import StartSpace, start_clusters

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from theta.contracts import Corpus, Embeddings, Labels
    from theta.models.base import Arrays, FitContext
    from theta.models.seed_words import SeedWords
    from theta.models.theta_options import ThetaOptions

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
        self, space: StartSpace, seeds: SeedWords | None, labels: Labels | None
    ) -> NDArray[np.intp]:
        """Return the initial cluster of each training document; see `start_clusters`."""
        num_topics = self.options.num_topics
        inputs = [
            self._n_neighbors,
            self.options.lexical_dim,
            num_topics,
            None if seeds is None else [seeds.names, seeds.words],
            labels is not None,
        ]

        def compute() -> Arrays:
            bow = self.corpus.bow[self.rows]
            return {"": start_clusters(space, bow, seeds, num_topics, self.context.seed)}

        return self._reuse("clusters", inputs, compute)[""]

    @property
    def _n_neighbors(self) -> int:
        # A neighbourhood must be smaller than a topic.
        return min(self.options.neighbor_docs, len(self.rows) // (2 * self.options.num_topics))

    def _neighbors(
        self, embeddings: NDArray[Any], rows: NDArray[np.intp], n_neighbors: int, seed: int
    ) -> NDArray[np.int64]:
        def compute() -> Arrays:
            return {"": nearest_documents(embeddings, rows, n_neighbors, seed)}

        return self._reuse("neighbors", [n_neighbors], compute)[""]

    def _reuse(self, name: str, inputs: list[Any], compute: Any) -> Arrays:
        data = [self.corpus.fingerprint, self.embeddings.fingerprint, self.context.seed]
        return self.context.reuse(name, [*data, *inputs], compute)
