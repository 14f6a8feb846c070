"""The evidence for topics that are no use as they are: their documents, texts and words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta.contracts import Corpus
from theta.corpus.languages import UNDETERMINED, language_name
from theta.corpus.mixed import mixed_tokenizer
from theta.corpus.recognition import accepted_languages
from theta.corpus.tokenize import TokenRules
from theta.corpus.word_lines import word_lines
from theta.evaluation.health import dominated
from theta.evaluation.repeated_passages import repetition
from theta.evaluation.topic_flags import (
    TopicEvidence,
    author_of,
    may_be_foreign,
    usual_stop_words,
)

_MOST_DOCS = 2_000
"""Documents of a topic in which repeated passages are looked for."""

_READ_DOCS = 100
"""Documents of a topic whose texts are read."""

_MOST = 0.5
"""Share of the texts in one language that makes it the language of a topic."""


def topic_evidence(
    corpus: Corpus,
    texts: Sequence[str],
    rules: tuple[TokenRules, ...],
    doc_topic: NDArray[np.floating[Any]],
    top_words: NDArray[np.integer[Any]],
) -> list[TopicEvidence]:
    """Return the evidence of each topic.

    The documents of a topic are those in which it has the largest share and that have one of its
    top words; of many, an even sample is looked at.

    Parameters
    ----------
    corpus : Corpus
    texts : (n_docs,) sequence of str
    rules : tuple of TokenRules
        How the texts were cut into words.
    doc_topic : (n_docs, num_topics) float
    top_words : (num_topics, n_words) int
    """
    tokenizer = mixed_tokenizer(rules)
    documents = dominated(doc_topic)
    main = doc_topic.argmax(axis=1)
    evidence, samples = [], []
    for topic, words in enumerate(top_words):
        own = np.flatnonzero(main == topic)
        counts = corpus.bow[own][:, words].toarray()
        has_word = counts.any(axis=1)
        rows, counts = own[has_word], counts[has_word]
        found = repetition(corpus.tokens, _even(rows, _MOST_DOCS), words)
        in_one, that_row = _in_one_document(counts, rows)
        sample = [texts[row] for row in _even(rows, _READ_DOCS).tolist()]
        lines = word_lines(sample, [corpus.vocabulary[word] for word in words], tokenizer)
        samples.append(sample)
        evidence.append(
            TopicEvidence(
                documents=int(documents[topic]),
                share=float(doc_topic[:, topic].mean(dtype=np.float64)),
                repeated_words=found.words,
                repeated_text=found.text,
                in_one_document=in_one,
                that_document="" if that_row is None else str(corpus.row_ids[that_row]),
                n_sampled=len(sample),
                author=author_of(doc_topic[:, topic], corpus.covariates),
                **lines._asdict(),
            )
        )
    usual = usual_stop_words(evidence)
    known = {part.language for part in rules}
    return [
        replace(topic, language=_foreign_language(sample, known))
        if may_be_foreign(topic, usual)
        else topic
        for topic, sample in zip(evidence, samples, strict=True)
    ]


def _even(rows: NDArray[np.intp], n: int) -> NDArray[np.intp]:
    """Return at most `n` rows, spread evenly."""
    if len(rows) <= n:
        return rows
    return rows[np.linspace(0, len(rows) - 1, n).round().astype(np.intp)]


def _in_one_document(
    counts: NDArray[np.int32], rows: NDArray[np.intp]
) -> tuple[NDArray[np.float64], int | None]:
    """Return the share of each word's occurrences in the document that has most of all words."""
    if not len(rows):
        return np.zeros(counts.shape[1]), None
    shares = counts / np.maximum(counts.sum(axis=0), 1)
    most = int(np.argmax(shares.sum(axis=1)))
    return shares[most], int(rows[most])


def _foreign_language(texts: Sequence[str], known: set[str]) -> str:
    """Return the name of the language of most texts, or "" if it is known or not certain."""
    if known == {UNDETERMINED}:
        return ""
    shares = accepted_languages(texts)
    if not shares:
        return ""
    code, share = next(iter(shares.items()))
    return "" if code in known or share < _MOST else language_name(code)
