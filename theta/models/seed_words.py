"""Seed words of topics: from a file, in the initial topics, and their final ranks."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from theta.errors import InvalidOption
from theta.models.naming.names import why_not_a_name
from theta.models.tf_idf import inverse_document_frequency
from theta.models.topic_words import log_counts
from theta.options.yaml_files import read_yaml

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from theta.nn.guidance import SeedWordPrior

logger = logging.getLogger(__name__)

_SEED_SHARE = 0.02
"""Pseudo-count of a seed word, as a share of the words of an average topic. Top words have 1 to 3 %
of a topic, so a seed word starts among them, and the texts decide the rest."""


@dataclass(frozen=True)
class SeedWords:
    """The seed words of the guided topics 0, 1, ...

    Attributes
    ----------
    names : tuple of str
    words : tuple of tuples of int
        Word ids of the seed words of each topic; none for a topic that is only described.
    missing : tuple of tuples of str
        Seed words that are not in the vocabulary.
    """

    names: tuple[str, ...]
    words: tuple[tuple[int, ...], ...]
    missing: tuple[tuple[str, ...], ...]


def read_seed_words(path: Path) -> dict[str, list[str]]:
    """Return the seed words of each topic, by its name, from a YAML file.

    Raises
    ------
    MissingFile
        If the file does not exist.
    InvalidOption
        If it does not map names of topics to lists of words.
    """
    loaded = read_yaml(path, "--seed_words", as_text=True)
    example = "needs one topic a line, as in 'sport: [game, team]'"
    if not isinstance(loaded, dict) or not loaded:
        raise InvalidOption(f"--seed_words {path} {example}")
    by_topic: dict[str, list[str]] = {}
    for name, words in loaded.items():
        if why := why_not_a_name(name):
            raise InvalidOption(f"--seed_words {path}: the name {name!r} {why}")
        if name.casefold() in map(str.casefold, by_topic):
            raise InvalidOption(f"--seed_words {path}: two topics are called {name}")
        if not isinstance(words, list) or not words:
            raise InvalidOption(f"--seed_words {path}: topic {name} {example}")
        invalid = [word for word in words if not isinstance(word, str) or not word.strip()]
        if invalid:
            raise InvalidOption(
                f"--seed_words {path}: topic {name} has {invalid[0]!r}, which is not a word"
            )
        by_topic[name] = list(dict.fromkeys(word.strip() for word in words))
    return by_topic


def find_seed_words(by_topic: Mapping[str, Sequence[str]], vocabulary: Sequence[str]) -> SeedWords:
    """Return the seed words as word ids; warn of words that are not in the vocabulary.

    A word that is not in the vocabulary as written is looked up in lower case.

    Raises
    ------
    InvalidOption
        If the vocabulary has none of the seed words of a topic.
    """
    ids = {word: v for v, word in enumerate(vocabulary)}
    words, missing = [], []
    for name, seeds in by_topic.items():
        known = {seed: ids.get(seed, ids.get(seed.lower())) for seed in seeds}
        words.append(tuple(dict.fromkeys(v for v in known.values() if v is not None)))
        missing.append(tuple(seed for seed, v in known.items() if v is None))
        if seeds and not words[-1]:
            raise InvalidOption(
                f"--seed_words: none of the words of topic {name} is in the vocabulary: "
                f"{', '.join(missing[-1])}"
            )
        if missing[-1]:
            logger.warning(
                "Seed words of topic %s that are not in the vocabulary: %s",
                name,
                ", ".join(missing[-1]),
            )
    return SeedWords(tuple(by_topic), tuple(words), tuple(missing))


def pseudo_count(counts: csr_array, num_topics: int) -> float:
    """Return the pseudo-count of each seed word in its topic.

    Parameters
    ----------
    counts : (n_train, n_words) csr_array
        Of the training documents, raw or logarithmic.
    num_topics : int
    """
    return _SEED_SHARE * float(counts.sum(dtype=np.float64)) / num_topics


def pseudo_documents(seeds: SeedWords, counts: csr_array, num_topics: int) -> csr_array:
    """Return one document of seed words for each guided topic.

    Parameters
    ----------
    seeds : SeedWords
    counts : (n_train, n_words) csr_array
        Of the training documents.
    num_topics : int

    Returns
    -------
    (n_guided, n_words) csr_array
        `pseudo_count` at each seed word.
    """
    from scipy.sparse import csr_array

    starts = np.cumsum([0, *map(len, seeds.words)])
    words = np.concatenate([np.array(one, dtype=np.int64) for one in seeds.words])
    values = np.full(len(words), pseudo_count(counts, num_topics))
    return csr_array((values, words, starts), shape=(len(seeds.words), counts.shape[1]))


def seed_word_prior(seeds: SeedWords, counts: csr_array, num_topics: int) -> SeedWordPrior:
    """Return the prior for the seed words during training."""
    from theta.nn.guidance import SeedWordPrior

    return SeedWordPrior(seeds.words, pseudo_count(counts, num_topics), counts.shape[0])


def seed_weights(bow: csr_array, seeds: SeedWords) -> NDArray[np.float32]:
    """Return the weight of each document for each guided topic.

    The squared share of the seed words in its logarithmic tf-idf: (n_docs, n_guided), with positive
    column sums.
    """
    weighted = log_counts(bow) @ _diagonal(inverse_document_frequency(bow))
    totals = np.maximum(np.asarray(weighted.sum(axis=1)).ravel(), 1e-9)
    columns = [
        np.asarray(weighted[:, list(words)].sum(axis=1)).ravel() / totals for words in seeds.words
    ]
    shares = np.stack(columns, axis=1) ** 2
    # Seed words without training documents, or none at all, give no information: equal weights.
    return np.where(shares.sum(axis=0) > 0, shares, 1.0).astype(np.float32)


def _diagonal(values: NDArray[np.floating[Any]]) -> csr_array:
    from scipy.sparse import csr_array

    n = len(values)
    return csr_array((values.astype(np.float32), np.arange(n), np.arange(n + 1)), shape=(n, n))


def seed_ranks(
    seeds: SeedWords, word_scores: NDArray[np.floating[Any]], vocabulary: Sequence[str]
) -> list[dict[str, Any]]:
    """Return the final rank of each seed word in its topic, ready for JSON.

    Parameters
    ----------
    seeds : SeedWords
    word_scores : (num_topics, n_words)
        Scores by which words are ranked.
    vocabulary : sequence of str
    """
    topics = []
    for k, (name, words, missing) in enumerate(
        zip(seeds.names, seeds.words, seeds.missing, strict=True)
    ):
        if not words:
            continue
        # The order of the top words, in which equal scores have different ranks.
        order = np.argsort(-word_scores[k], kind="stable").tolist()
        ranks = {vocabulary[v]: 1 + order.index(v) for v in words}
        topics.append(
            {
                "topic": k,
                "name": name,
                "ranks": dict(sorted(ranks.items(), key=lambda item: item[1])),
                "not_in_vocabulary": list(missing),
            }
        )
    return topics
