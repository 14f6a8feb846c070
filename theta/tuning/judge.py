"""What a trial is judged by: metrics of documents that it was not trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta.contracts import Corpus, Metric, Split, Tokens
from theta.errors import InvalidOption
from theta.evaluation import agreement as agreement_with_labels
from theta.evaluation import classification, control, held_out_labels, meaning
from theta.evaluation.inputs import EvaluationInputs
from theta.evaluation.meaning import EXPECTED_RATING
from theta.evaluation.metrics import FAMILIES, METRICS
from theta.evaluation.stability import match_topics
from theta.options.resolve import did_you_mean
from theta.pipeline.evaluate import TOP_WORDS, infer_held_out
from theta.run import Run
from theta.run.prepared import Prepared
from theta.run.word_vectors import word_vectors_of

_KNOWN_SHARE = 0.8
"""Least share of the vocabulary with a vector: of ten top words, eight must have one."""

STABILITY = "stability"
"""Agreement of the topics of the seeds."""

HALVES = "halves"
"""Agreement of the topics of two random halves of the training documents."""

PERPLEXITY = "PPL"

COMPARED_WORDS = 10
"""Top words per topic in which seeds are compared."""

_WITHOUT_RATING = ("C_V", "PPL", "TD@10")
_DEFAULT = (EXPECTED_RATING, "PPL", "TD@10")

_JUDGES = tuple(f for f in FAMILIES if f not in (classification, held_out_labels, control))
"""All families of metrics but those that train a classifier of labels."""


@dataclass(frozen=True)
class Objective:
    """A metric to judge by.

    Attributes
    ----------
    name : str
    higher : bool
        Whether higher is better.
    meaning : str
    """

    name: str
    higher: bool
    meaning: str


def choose_objectives(
    names: Sequence[str], n_seeds: int, *, rated: bool = True, vocabularies: bool = False
) -> tuple[Objective, ...]:
    """Return the objectives of a search.

    Parameters
    ----------
    names : sequence of str
        As typed; empty for the default.
    n_seeds : int
    rated : bool
        Whether the expected rating can be computed; if not, C_V replaces it in the default.
    vocabularies : bool
        Whether settings differ in their vocabulary, so that perplexities cannot be compared.

    Raises
    ------
    InvalidOption
        If there is no metric of that name, or it cannot be computed in a search.
    """
    if not names:
        names = _DEFAULT if rated else _WITHOUT_RATING
        names = (*names, STABILITY) if n_seeds > 1 else names
        names = tuple(name for name in names if not (vocabularies and name == PERPLEXITY))
    of_family = (name for family in (meaning, *_JUDGES) for name in family.METRICS)
    known = [*of_family, STABILITY, HALVES]
    for name in names:
        if name not in known:
            raise InvalidOption(
                f"--objective {name}: must be one of {', '.join(known)}{did_you_mean(name, known)}"
            )
    if vocabularies and PERPLEXITY in names:
        raise InvalidOption(
            f"--objective {PERPLEXITY}: perplexities over several vocabularies cannot be compared; "
            "leave it out, or search with one --dataset"
        )
    if STABILITY in names and n_seeds < 2:
        raise InvalidOption(f"--objective {STABILITY} needs several seeds: --seeds 0,1,2")
    return tuple(_objective(name) for name in dict.fromkeys(names))


def _objective(name: str) -> Objective:
    if name == STABILITY:
        meaning = "Do the topics come back with another seed? 0: no shared top words; 1: the same."
        return Objective(name, True, meaning)
    if name == HALVES:
        meaning = (
            "Do two halves of the training documents have the same topics? 0: no shared top words; "
            "1: the same."
        )
        return Objective(name, True, meaning)
    return Objective(name, METRICS[name].better == "higher", METRICS[name].meaning)


def can_rate(prepared: Prepared) -> bool:
    """Return whether enough words of a corpus have a vector for the expected rating."""
    table = word_vectors_of(prepared.corpus.languages)
    if table is None:
        return False
    words = prepared.corpus.vocabulary
    return sum(bool(table.rows(word)) for word in words) >= _KNOWN_SHARE * len(words)


def check_judges(objectives: Sequence[Objective], corpus: Corpus) -> None:
    """Raise `InvalidOption` if a corpus has no documents, labels or word vectors to judge by."""
    names = [objective.name for objective in objectives]
    if not len(corpus.rows(Split.TEST)):
        raise InvalidOption(
            f"a search judges by test documents ({', '.join(names)}), and the corpus has none: "
            "prepare it with --test_share 0.2"
        )
    for name in names:
        if name in agreement_with_labels.METRICS and corpus.labels is None:
            raise InvalidOption(
                f"--objective {name}: the corpus has no labels to compare topics with: prepare it "
                "with --label_column, or leave it out"
            )
        if name in meaning.METRICS and word_vectors_of(corpus.languages) is None:
            raise InvalidOption(
                f"--objective {name}: there are word vectors for English (en) only, the texts are "
                f"in: {', '.join(corpus.languages) or '?'}; C_V needs none"
            )


def check_vocabularies(
    datasets: Sequence[str], corpora: Sequence[Corpus], objectives: Sequence[Objective]
) -> None:
    """Raise `InvalidOption` unless all corpora are of the same documents, split alike.

    Parameters
    ----------
    datasets : sequence of str
    corpora : sequence of Corpus
    objectives : sequence of Objective
        For the message.
    """
    first = corpora[0]
    for other in corpora[1:]:
        if list(first.row_ids) != list(other.row_ids) or (first.split != other.split).any():
            raise InvalidOption(
                f"--dataset {','.join(datasets)}: a search compares vocabularies of the same "
                f"documents by the same test documents ({', '.join(o.name for o in objectives)}), "
                "but these differ: prepare the same file with the same --seed, and with "
                "--min_tokens 0"
            )


@dataclass(frozen=True)
class HeldOutDocuments:
    """The test documents of a corpus.

    Attributes
    ----------
    rows : (n_test,) int
    tokens : Tokens
    """

    rows: NDArray[np.intp]
    tokens: Tokens

    @classmethod
    def of(cls, corpus: Corpus) -> HeldOutDocuments:
        """Return the test documents of a corpus."""
        rows = corpus.rows(Split.TEST)
        return cls(rows, corpus.tokens.at(rows))


def judge(run: Run, test: HeldOutDocuments, device: str) -> list[Metric]:
    """Return the metrics of a run on the test documents alone.

    Coherence counts in the test documents, perplexity predicts their second halves, and labels are
    compared with their topics. Metrics that train a classifier are left out.

    Parameters
    ----------
    run : Run
        A run just trained.
    test : HeldOutDocuments
    device : str
    """
    corpus = run.prepared.corpus
    evidence = EvaluationInputs(
        top_words=run.top_words(TOP_WORDS),
        topic_word=run.output.topic_word,
        doc_topic=run.output.doc_topic[test.rows],
        reference=test.tokens,
        label_codes=None if corpus.labels is None else corpus.labels.codes[test.rows],
        held_out=infer_held_out(run, device),
        seed=run.seed,
        reference_name="the test documents",
        documents_name="labelled test documents",
        vocabulary=corpus.vocabulary,
        word_vectors=word_vectors_of(run.prepared.corpus.languages),
        languages=run.prepared.corpus.languages,
    )
    metrics = [metric for family in _JUDGES for metric in family.measure(evidence)]
    return metrics + meaning.measure(evidence, metrics)


def agreement(one: Any, other: Any) -> float:
    """Return the mean rank-biased overlap of the topics of two trainings with their partners.

    Parameters
    ----------
    one, other : (num_topics, n_top) int
        Top words.
    """
    _, overlap = match_topics(_words(one), _words(other))
    return float(overlap.mean())


def stability_of_seeds(top_words: Mapping[int, Sequence[Sequence[int]]]) -> dict[int, float]:
    """Return for each seed how well its topics come back with the other seeds.

    Parameters
    ----------
    top_words : mapping of int to (num_topics, n_top) int
        By seed, at least two.

    Returns
    -------
    dict of int to float
        Mean rank-biased overlap of the seed's topics with their partners in the other seeds.
    """
    overlaps: dict[int, list[float]] = {seed: [] for seed in top_words}
    for one, other in combinations(top_words, 2):
        overlap = agreement(top_words[one], top_words[other])
        for seed in (one, other):
            overlaps[seed].append(overlap)
    return {seed: float(np.mean(values)) for seed, values in overlaps.items()}


def _words(rows: Any) -> NDArray[np.int64]:
    return np.asarray(rows, dtype=np.int64)
