"""Dynamic topic model: the dynamic embedded one (Dieng, Ruiz & Blei 2019, arXiv:1907.05545)."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from theta.contracts import ModelInputs, ModelTable, Split, TopicModelOutput
from theta.devices import seeded
from theta.errors import InvalidOption
from theta.models.lda import initial_topics
from theta.models.neural_baseline import NeuralBaselineOptions, document_encoder
from theta.models.requirements import require_data
from theta.models.vae import NetworkModel, TrainedNetwork, VAEOptions, train, training_facts
from theta.models.word_vectors import LIBRARIES, WordVectorOptions, word_vectors
from theta.options.declare import option, redeclare
from theta.storage import fingerprint

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theta.contracts import Corpus, Embeddings
    from theta.models.base import FitContext
    from theta.nn.dynamic import DynamicVAE

logger = logging.getLogger(__name__)

_EXCLUDED = 3
"""Split code of documents outside training, validation and test."""

_WORDS_SHOWN = 10

_SLICES_SHOWN = 12


@dataclass(frozen=True)
class DtmOptions(WordVectorOptions, NeuralBaselineOptions):
    """Options of DTM."""

    time_slices: int = option(
        10,
        "Number of time slices of about equal size; documents of the same date stay together.",
        valid=(2, None),
        usual=(3, 50),
    )
    batch_size: int = redeclare(VAEOptions, "batch_size", 256)
    dropout: float = redeclare(VAEOptions, "dropout", 0.0)


class Dtm(NetworkModel):
    """Topic vectors follow random walks over time slices, among fixed word vectors.

    β_k^(t) = softmax(ρ α_k^(t)), ρ from word2vec on the corpus; α is initialised
    from a short LDA, equally in all slices. Undated documents are excluded from training; their θ
    is inferred with the mean prevalence. The state also has ``topic_word_by_slice``, (n_slices,
    num_topics, n_words); β is its mean over the documents.
    """

    name: ClassVar[str] = "dtm"
    title: ClassVar[str] = "DTM"
    needs: ClassVar[frozenset[str]] = frozenset({"times"})
    libraries: ClassVar[Mapping[str, str]] = LIBRARIES
    Options: ClassVar[type[DtmOptions]] = DtmOptions

    def fit(
        self,
        corpus: Corpus,
        embeddings: Embeddings | None,  # noqa: ARG002  (DTM reads counts and dates)
        options: DtmOptions,
        context: FitContext,
    ) -> TopicModelOutput:
        """Train on the dated training documents and return the topics of all documents.

        Raises
        ------
        InvalidOption
            If there are fewer than two distinct dates.
        """
        from theta.nn.infer import load_state_arrays, posterior_topics, state_arrays
        from theta.nn.streamed import gather_inputs

        times = require_data(corpus.times, self.name, "a time column")
        dated = dated_corpus(corpus, times)
        train_times = times[dated.rows(Split.TRAIN)]
        starts = slice_starts(train_times, options.time_slices)
        slices = slice_numbers(times, starts)
        vectors = word_vectors(dated, options.embedding_dim, context.seed)
        with seeded(context.seed, "cpu"):
            network = _build(corpus.n_words, len(starts), len(train_times), options)
        topics = initial_topics(
            corpus.bow[dated.rows(Split.TRAIN)], options.num_topics, context.seed
        )
        start = {
            "decoder.word_vectors": vectors,
            "decoder.topic_vectors.mean": np.tile(
                topic_vectors(topics, vectors), (len(starts), 1, 1)
            ),
        }
        load_state_arrays(network, {**state_arrays(network), **start})
        network = network.to(context.device)
        inputs = gather_inputs(
            corpus.bow, slices[:, None], device=context.device, max_bytes=context.max_bytes
        )
        fitted = train(network, inputs, dated, options, context, fingerprint(corpus.fingerprint))
        by_slice = network.decoder.topic_word().contiguous().cpu().numpy()
        sizes = np.bincount(slice_numbers(train_times, starts).astype(int), minlength=len(starts))
        weighted = np.einsum("t,tkv->kv", sizes / sizes.sum(), by_slice.astype(np.float64))
        facts = {
            **training_facts(fitted, context),
            "undated": int(np.isnat(times).sum()),
            "time_slices": _describe_slices(train_times, starts, sizes),
            "top_words_by_slice": _top_words(by_slice, corpus.vocabulary),
        }
        weights = {f"network.{name}": array for name, array in state_arrays(network).items()}
        return TopicModelOutput(
            doc_topic=posterior_topics(network, inputs),
            topic_word=weighted.astype(np.float32),
            history=fitted.history,
            state={
                **weights,
                "slice_starts": starts.astype(np.int64),
                "topic_word_by_slice": by_slice,
            },
            facts=facts,
        )

    def check_corpus(self, corpus: Corpus, options: DtmOptions) -> None:
        """Raise `InvalidOption` without distinct dates; warn of undated documents."""
        times = require_data(corpus.times, self.name, "a time column")
        slice_starts(times[corpus.rows(Split.TRAIN)], options.time_slices)
        undated = int(np.isnat(times).sum())
        if undated:
            logger.warning(
                "%s of %s documents have no valid date: dtm excludes them from training and "
                "infers their topics with the mean prevalence over time",
                f"{undated:,}",
                f"{corpus.n_docs:,}",
            )

    def trained(
        self,
        state: Mapping[str, NDArray[Any]],
        options: DtmOptions,
        inputs: ModelInputs,
        device: str,
    ) -> TrainedNetwork:
        """Return the network with its weights, and what it reads of documents.

        Documents before the first slice or after the last are assigned to it; the prior of undated
        documents is the mean prevalence.
        """
        starts = state["slice_starts"].astype("datetime64[D]")
        times = inputs.times
        if times is None:
            times = np.full(inputs.bow.shape[0], np.datetime64("NaT"), dtype="datetime64[D]")
        prefix = "network."
        weights = {k[len(prefix) :]: v for k, v in state.items() if k.startswith(prefix)}
        return TrainedNetwork.of(
            lambda: _build(inputs.bow.shape[1], len(starts), 1, options),
            weights,
            inputs.bow,
            slice_numbers(times, starts)[:, None],
            device=device,
        )

    def tables(self, output: TopicModelOutput, vocabulary: Sequence[str]) -> list[ModelTable]:
        """Return the top words of each topic in each time slice."""
        by_slice, slices = output.state["topic_word_by_slice"], output.facts["time_slices"]
        top = np.argsort(-by_slice, axis=2, kind="stable")[:, :, :_WORDS_SHOWN]
        rows = [
            (k, part["first"], part["last"], part["documents"], rank, vocabulary[v], float(chance))
            for k in range(by_slice.shape[1])
            for t, part in enumerate(slices)
            for rank, (v, chance) in enumerate(
                zip(top[t, k].tolist(), by_slice[t, k, top[t, k]], strict=True), start=1
            )
        ]
        columns = ("topic", "slice_begin", "slice_end", "training_documents")
        return [
            ModelTable(
                name="topic_words_by_slice",
                columns=(*columns, "rank", "word", "probability"),
                rows=rows,
                sentences=_sentences(output.facts),
            )
        ]


def _build(n_words: int, n_slices: int, n_train: int, options: DtmOptions) -> DynamicVAE:
    from torch import zeros
    from torch.nn import ReLU

    from theta.nn.dynamic import DynamicDecoder, DynamicVAE

    encoder = document_encoder(
        options, ReLU(), n_words=n_words, n_features=options.num_topics, shares=True
    )
    vectors = zeros(n_words, options.embedding_dim)
    decoder = DynamicDecoder(vectors, options.num_topics, n_slices)
    return DynamicVAE(encoder, decoder, n_slices, n_train)


def topic_vectors(topics: NDArray[np.float64], vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return α such that softmax(ρ α) approximates given topics: (num_topics, dim).

    Ridge regression of log β on ρ, whose penalty is the standard normal prior of α. With a random
    start every other fit merges topics.

    Parameters
    ----------
    topics : (num_topics, n_words) float, positive
    vectors : (n_words, dim) float32
        ρ.
    """
    rho = vectors.astype(np.float64)
    logs = np.log(topics)
    target = logs - logs.mean(axis=1, keepdims=True)
    gram = rho.T @ rho + np.eye(rho.shape[1])
    return np.linalg.solve(gram, rho.T @ target.T).T.astype(np.float32)


def dated_corpus(corpus: Corpus, times: NDArray[np.datetime64]) -> Corpus:
    """Return the corpus without undated documents in the training and validation split."""
    split = corpus.split.copy()
    split[np.isnat(times) & (split != Split.TEST)] = _EXCLUDED
    return replace(corpus, split=split)


def slice_starts(times: NDArray[np.datetime64], n_slices: int) -> NDArray[np.datetime64]:
    """Return the first date of each slice, ascending: (at most n_slices,).

    The bounds are quantiles of the dates, so that slices have about equal size; repeated dates give
    fewer slices.

    Raises
    ------
    InvalidOption
        If there are fewer than two distinct dates.
    """
    dates = np.sort(times[~np.isnat(times)]).astype("datetime64[D]")
    if len(dates) == 0 or dates[0] == dates[-1]:
        reason = f"all are of {dates[0]}" if len(dates) else "none has a date"
        raise InvalidOption(f"dtm needs training documents with different dates; {reason}")
    if len(np.unique(dates)) <= n_slices:
        return np.unique(dates)
    return np.unique(dates[np.arange(n_slices) * len(dates) // n_slices])


def slice_numbers(
    times: NDArray[np.datetime64], starts: NDArray[np.datetime64]
) -> NDArray[np.float32]:
    """Return the slice of each document, −1 if undated: (n_docs,) float32."""
    from theta.nn.dynamic import UNDATED

    slices = np.searchsorted(starts, times.astype("datetime64[D]"), side="right") - 1
    return np.where(np.isnat(times), UNDATED, np.maximum(slices, 0)).astype(np.float32)


def _describe_slices(
    times: NDArray[np.datetime64], starts: NDArray[np.datetime64], sizes: NDArray[np.int64]
) -> list[dict[str, Any]]:
    numbers = slice_numbers(times, starts)
    return [
        {"first": str(start), "last": str(times[numbers == t].max()), "documents": int(sizes[t])}
        for t, start in enumerate(starts)
    ]


def _top_words(by_slice: NDArray[np.float32], vocabulary: tuple[str, ...]) -> list[list[str]]:
    """Return the top words of each topic (outer) in each slice (inner), joined by spaces."""
    top = np.argsort(-by_slice, axis=2, kind="stable")[:, :, :_WORDS_SHOWN]
    return [
        [" ".join(vocabulary[v] for v in top[t, k]) for t in range(len(by_slice))]
        for k in range(by_slice.shape[1])
    ]


def _sentences(facts: Mapping[str, Any]) -> list[str]:
    slices = facts["time_slices"]
    lines = [f"The words of the topics change over {len(slices)} time slices:"]
    lines += [
        f"  {part['first']} to {part['last']}: {part['documents']:,} training documents"
        for part in slices[:_SLICES_SHOWN]
    ]
    if len(slices) > _SLICES_SHOWN:
        lines.append(f"  and {len(slices) - _SLICES_SHOWN} more")
    if facts["undated"]:
        lines.append(f"{facts['undated']:,} documents without a date were excluded from training.")
    return lines
