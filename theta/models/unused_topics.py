"""Another start for topics that are left without documents early in training.

Where many clusters of the start use the same words, training explains their documents by few of
these topics, and the others get none back. Such a topic takes over a part of another one, as in
split and merge EM (Ueda, Nakano, Ghahramani & Hinton 2000,
https://doi.org/10.1162/089976600300015088): of the topic whose parts differ most in their words.
"""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np

from theta.models.clustering import k_means
from theta.models.document_space import sample_rows
from theta.models.topic_words import log_counts
from theta.models.warm_start import PRIOR_COUNT, cluster_deviations

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from theta.models.warm_start import StartSpace
    from theta.nn.decoder import MixtureDecoder
    from theta.nn.elbo import VAE
    from theta.nn.encoder import EmbeddingEncoder
    from theta.nn.inputs import Inputs

logger = logging.getLogger(__name__)

_AFTER_SHARE = 0.25
"""Share of the epochs after which topics without documents start again: they no longer get any
back, and have the rest of the epochs to learn."""

_LEAST_STEPS = 100
"""Steps before which topics may still find their documents.

Of 10 topics of 300 texts, up to two have none after 20 steps, and all have some at the end.
"""

_MAX_DOCUMENTS = 50_000
"""Maximum number of documents that are looked at."""

_SMALLEST = 0.5
"""A topic is divided if it has at least this share of the documents of an average topic."""


class _Parts(NamedTuple):
    """The two parts of a topic.

    Attributes
    ----------
    gain : float
        By how much they raise the log likelihood of the words; 0 if they do not raise that of
        documents whose words were not counted.
    documents : (n,) intp
    smaller : (n,) bool
        Which of these are in the smaller part.
    """

    gain: float
    documents: NDArray[np.intp]
    smaller: NDArray[np.bool_]


def restart_epoch(epochs: int, steps_per_epoch: int) -> int | None:
    """Return the epoch after which topics without documents start again.

    None if that would leave less than half of the training for them.
    """
    epoch = max(int(_AFTER_SHARE * epochs), math.ceil(_LEAST_STEPS / steps_per_epoch))
    return epoch if 2 * epoch <= epochs else None


def restart_unused(
    model: VAE, inputs: Inputs, space: StartSpace, bow: csr_array, n_kept: int, seed: int
) -> list[tuple[int, int]]:
    """Give topics without documents a part of another topic, in place.

    Parameters
    ----------
    model : VAE
        With the encoder and decoder of THETA.
    inputs : Inputs
        All documents.
    space : StartSpace
        The vectors that divide the documents of a topic.
    bow : (n_docs, n_words) csr_array
        Counts of all documents.
    n_kept : int
        The first topics, which the user asked for, stay as they are.
    seed : int

    Returns
    -------
    list of (unused topic, divided topic)
        A topic stays unused if no other one has parts that differ by more than chance.
    """
    from theta.nn.infer import posterior_topics
    from theta.nn.inputs import as_tensor

    sample = sample_rows(len(space.rows), _MAX_DOCUMENTS, seed)
    rows = space.rows[sample]
    documents = inputs.select(as_tensor(rows).to(inputs.device))
    main = posterior_topics(model, documents).argmax(axis=1)
    sizes = np.bincount(main, minlength=model.num_topics)
    unused = [k for k in range(n_kept, model.num_topics) if sizes[k] == 0]
    log_background = cast("MixtureDecoder", model.decoder).log_background.cpu().numpy()
    least = max(_SMALLEST * len(sample) / model.num_topics, 4)
    known: dict[int, _Parts] = {}
    moved = []
    for topic in unused:
        sizes = np.bincount(main, minlength=model.num_topics)
        for k in np.flatnonzero(sizes >= least).tolist():
            if k >= n_kept and k not in known:
                own = np.flatnonzero(main == k)
                vectors, counts = space[sample[own]], log_counts(bow[rows[own]])
                known[k] = _divide(own, vectors, counts, np.exp(log_background), seed)
        best = max(known, key=lambda k: known[k].gain, default=None)
        if best is None or known[best].gain <= 0:
            break
        parts = known.pop(best)
        members = documents.select(as_tensor(parts.documents).to(inputs.device))
        words = log_counts(bow[rows[parts.documents]])
        _move(model, best, topic, members, words, parts.smaller, log_background)
        main[parts.documents[parts.smaller]] = topic
        moved.append((topic, best))
    if unused:
        logger.info("%d topics without documents, %d start again", len(unused), len(moved))
    return moved


def _divide(
    documents: NDArray[np.intp],
    vectors: NDArray[np.float32],
    bow: csr_array,
    background: NDArray[np.float32],
    seed: int,
) -> _Parts:
    """Return the two clusters of the documents of a topic."""
    from scipy.sparse import csr_array

    smaller = k_means(vectors, 2, seed) == 1
    if 2 * np.count_nonzero(smaller) > len(smaller):
        smaller = ~smaller
    # Every other document of a part is judged by the words of the rest.
    fold = np.arange(len(documents)) % 2
    group = 2 * smaller + fold
    one = np.ones(len(documents))
    members = csr_array((one, (group, np.arange(len(documents)))), shape=(4, len(documents)))
    counts = (members @ bow.astype(np.float64)).toarray().reshape(2, 2, -1)

    def log_shares(words: NDArray[np.float64]) -> NDArray[np.float64]:
        smoothed = words + PRIOR_COUNT * background
        return np.asarray(np.log(smoothed / smoothed.sum(axis=-1, keepdims=True)))

    unseen = counts[:, ::-1] * (log_shares(counts) - log_shares(counts.sum(axis=0)))
    words = counts.sum(axis=1)
    seen = words * (log_shares(words) - log_shares(words.sum(axis=0)))
    return _Parts(float(seen.sum()) if unseen.sum() > 0 else 0.0, documents, smaller)


def _move(
    model: VAE,
    divided: int,
    topic: int,
    documents: Inputs,
    bow: csr_array,
    smaller: NDArray[np.bool_],
    log_background: NDArray[np.float32],
) -> None:
    """Make a topic that of the smaller part of another's documents; the other keeps the rest."""
    import torch

    parts = cluster_deviations(bow, smaller.astype(np.intp), 2, log_background)
    whole = cluster_deviations(bow, np.zeros(len(smaller), np.intp), 1, log_background)
    with torch.no_grad():
        deviations = cast("MixtureDecoder", model.decoder).deviations
        rest, part = torch.from_numpy(parts - whole).to(deviations.device)
        deviations[:, topic] = deviations[:, divided] + part
        deviations[:, divided] += rest
        cast("EmbeddingEncoder", model.encoder).divide(
            divided, topic, documents, torch.from_numpy(smaller)
        )
        if model.label_head is not None:
            model.label_head.weight[:, topic] = model.label_head.weight[:, divided]
