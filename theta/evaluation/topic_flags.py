"""Topics that are no use as they are, each with the evidence and what cures it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta.i18n import Message

_MOST_WORDS = 0.7
"""Share of the top words that must show the sign.

Repeated passages: the topic of a signature has all ten, that of sales lists posted again and again
five to eight, other topics of 20 Newsgroups two at most.
"""

_MOST = 0.5
_SHARED = 3
"""Documents that must have a line for it to be shown as the repeated text."""

_ALMOST_ALL = 0.8

_FEW_LEVELS, _SMALL_LEVEL = 10, 0.1
"""A value that stands for an author: of a covariate with this many values at least, and in this
share of the documents at most."""

_SYMBOLS = 0.25
"""Share of symbols on the lines of a topic of encoded files; .47 in that of 20 Newsgroups, at most
.09 in others, program code among them."""

_FEW_STOP_WORDS, _SENTENCES = 0.25, 0.2
"""A topic of lists has less than this share of the stop words that other topics have, which have
this share at least; .13 in one of hockey tables, at least .4 in other topics of 20 Newsgroups."""


TITLES: Mapping[str, str] = {
    "empty": "empty",
    "encoded_files": "encoded files",
    "other_language": "other language",
    "repeated_text": "repeated text",
    "one_author": "one author",
    "one_document": "one document",
    "list": "list or table",
    "doubled": "doubled",
}
"""What can be wrong with a topic, and how a page calls it."""


@dataclass(frozen=True)
class TopicEvidence:
    """What is known of the documents and the top words of a topic.

    Attributes
    ----------
    documents : int
        Documents in which the topic has the largest share.
    share : float
        Mean share of the topic over all documents.
    repeated_words : (n_words,) float
        For each top word, in which share of the documents it occurs in repeated passages only.
    repeated_text : float
        Share of the tokens of its documents that are in repeated passages.
    in_one_document : (n_words,) float
        For each top word, the share of its occurrences that are in the same document.
    that_document : str
        The id of this document.
    n_lines, letters, symbols, stop_words, line, n_texts
        See `theta.corpus.word_lines.WordLines`; of a sample of its documents.
    n_sampled : int
        Number of these documents.
    language : str
        The language of most of its documents, if it is none of the corpus; "" if `may_be_foreign`
        is false.
    author : (column, value, share, share of the documents), optional
        The value of a covariate with most of the topic's weight, that share of the weight, and the
        share of all documents that have it.
    """

    documents: int
    share: float
    repeated_words: NDArray[np.float64]
    repeated_text: float
    in_one_document: NDArray[np.float64]
    that_document: str
    n_lines: int
    letters: float
    symbols: float
    stop_words: float
    line: str
    n_texts: int
    n_sampled: int
    language: str = ""
    author: tuple[str, str, float, float] | None = None


@dataclass(frozen=True)
class TopicFlag:
    """A topic that is no use as it is.

    Attributes
    ----------
    name : str
        One of `TITLES`.
    topics : tuple of int
        The number of the topic; of both for ``doubled``.
    message : str
        What is wrong, with the evidence.
    edit : mapping of str to value
        The edit of ``theta edit`` that cures it.
    options : mapping of str to value
        Options of prepare_data.py that keep the cause out of the corpus.
    """

    name: str
    topics: tuple[int, ...]
    message: str
    edit: Mapping[str, Any]
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The name in words."""
        return TITLES[self.name]

    @property
    def step(self) -> str:
        """The edit as it is written in the file of edits."""
        ((name, value),) = self.edit.items()
        return f"- {name}: {value}"

    @property
    def flags(self) -> str:
        """The options as command-line flags."""
        return " ".join(
            f"--{name}" if value is True else f"--{name} {value}"
            for name, value in self.options.items()
        )

    def record(self) -> dict[str, Any]:
        """Return the flag, ready for JSON."""
        return {**vars(self), "topics": list(self.topics)}

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> TopicFlag:
        """Return the flag that `record` describes."""
        return cls(**{**record, "topics": tuple(record["topics"])})


def flag_topics(
    evidence: Sequence[TopicEvidence],
    doubled: Sequence[tuple[int, int]],
    numbers: Sequence[int],
) -> list[TopicFlag]:
    """Return what is wrong with topics; one flag per topic, besides its doubles.

    Parameters
    ----------
    evidence : sequence of TopicEvidence
        One per topic.
    doubled : sequence of (int, int)
        Numbers of topics with the same top words.
    numbers : (num_topics,) int
        The number of each topic.
    """
    usual = usual_stop_words(evidence)
    found = []
    for topic, number in zip(evidence, numbers, strict=True):
        flag = _empty(topic, number, len(evidence)) or _of_texts(topic, number, usual)
        if flag is not None:
            found.append(flag)
    flagged = {number for flag in found for number in flag.topics}
    for a, b in doubled:
        if not {a, b} & flagged:
            message = Message("topics {a} and {b} have the same top words", a=a, b=b)
            found.append(TopicFlag("doubled", (a, b), message, {"merge": [a, b]}))
    return found


def usual_stop_words(evidence: Sequence[TopicEvidence]) -> float:
    """Return the median share of stop words over the topics; 0 without any lines."""
    shares = [topic.stop_words for topic in evidence if topic.n_lines]
    return float(np.median(shares)) if shares else 0.0


def may_be_foreign(topic: TopicEvidence, usual: float) -> bool:
    """Return whether the language of a topic's texts must be found to flag the topic.

    Not of encoded files, nor of texts with the stop words of the corpus, which are in its language.
    """
    return not _encoded(topic) and (_few_stop_words(topic, usual) or not usual)


def _encoded(topic: TopicEvidence) -> bool:
    return bool(topic.n_lines) and topic.symbols >= _SYMBOLS


def _few_stop_words(topic: TopicEvidence, usual: float) -> bool:
    """Return whether a topic has as few stop words as lists have, beside the usual share."""
    return usual >= _SENTENCES and topic.stop_words < _FEW_STOP_WORDS * usual


def _empty(topic: TopicEvidence, number: int, num_topics: int) -> TopicFlag | None:
    if topic.documents or topic.share > _MOST / num_topics:
        return None
    message = Message(
        "topic {number} is empty: it is not dominant in any document, and its share of the corpus "
        "is {share}",
        number=number,
        share=f"{topic.share:.1%}",
    )
    return TopicFlag("empty", (number,), message, {"drop": number})


def _of_texts(topic: TopicEvidence, number: int, usual: float) -> TopicFlag | None:
    """Return what is wrong with the texts of a topic: the first sign found."""
    drop = {"drop": number}
    n_words = len(topic.repeated_words)
    if _encoded(topic):
        message = Message(
            "topic {number} is made of encoded files, not of text: {share} of the characters "
            'on the lines of its top words are symbols ("{line}")',
            number=number,
            share=f"{topic.symbols:.0%}",
            line=topic.line,
        )
        return TopicFlag("encoded_files", (number,), message, drop)
    if topic.language:
        message = Message(
            "topic {number} is made of texts in another language: {language}",
            number=number,
            language=topic.language,
        )
        return TopicFlag("other_language", (number,), message, drop)
    n_repeated = int((topic.repeated_words >= _MOST).sum())
    if n_words and n_repeated >= _MOST_WORDS * n_words:
        return _repeated(topic, number, n_repeated)
    if topic.author is not None and topic.author[2] >= _ALMOST_ALL:
        column, value, share, of_documents = topic.author
        message = Message(
            "topic {number} is one author's: {share} of its weight is in documents with "
            "{column} = {value}, which are {of_documents} of the corpus",
            number=number,
            share=f"{share:.0%}",
            column=column,
            value=value,
            of_documents=f"{of_documents:.1%}",
        )
        return TopicFlag("one_author", (number,), message, drop)
    n_in_one = int((topic.in_one_document > _MOST).sum())
    if n_words and n_in_one >= _MOST_WORDS * n_words and topic.documents > 1:
        message = Message(
            "topic {number} rests on one document: {n_in_one} of its {n_words} top words occur "
            "mostly in document {document}",
            number=number,
            n_in_one=n_in_one,
            n_words=n_words,
            document=topic.that_document,
        )
        return TopicFlag("one_document", (number,), message, drop)
    if topic.n_lines and _few_stop_words(topic, usual):
        message = Message(
            "topic {number} is made of lists or tables, not of sentences: {share} of the words "
            "on the lines of its top words are stop words, {usual} in other topics "
            '("{line}")',
            number=number,
            share=f"{topic.stop_words:.0%}",
            usual=f"{usual:.0%}",
            line=topic.line,
        )
        return TopicFlag("list", (number,), message, drop)
    return None


def _repeated(topic: TopicEvidence, number: int, n_repeated: int) -> TopicFlag:
    message = Message(
        "topic {number} is made of repeated text: {n_repeated} of its {n_words} top words occur "
        "mostly in passages that several documents share",
        number=number,
        n_repeated=n_repeated,
        n_words=len(topic.repeated_words),
    )
    if topic.n_texts >= _SHARED:
        message = Message(
            '{start} ("{line}" in {n_texts} of {n_sampled} documents)',
            start=message,
            line=topic.line,
            n_texts=topic.n_texts,
            n_sampled=topic.n_sampled,
        )
    copies = topic.repeated_text >= _MOST
    cure: dict[str, Any] = {"drop_near_duplicates": 0.9} if copies else {"drop_boilerplate": True}
    return TopicFlag("repeated_text", (number,), message, {"drop": number}, cure)


def author_of(
    weights: NDArray[np.floating[Any]], columns: Mapping[str, NDArray[Any]]
) -> tuple[str, str, float, float] | None:
    """Return the covariate's value with most of a topic's weight, if it may stand for an author.

    Parameters
    ----------
    weights : (n_docs,) float
        Shares of the topic.
    columns : mapping of str to (n_docs,) array
        Covariates. Numbers name no author.
    """
    best: tuple[str, str, float, float] | None = None
    total = float(weights.sum())
    for column, values in columns.items():
        if values.dtype.kind not in "UOT" or not total:
            continue
        names, codes = np.unique(values.astype(str), return_inverse=True)
        if len(names) < _FEW_LEVELS:
            continue
        shares = np.bincount(codes, weights=weights, minlength=len(names)) / total
        top = int(np.argmax(shares))
        of_documents = float((codes == top).mean())
        if names[top] and of_documents <= _SMALL_LEVEL and (best is None or shares[top] > best[2]):
            best = (column, str(names[top]), float(shares[top]), of_documents)
    return best
