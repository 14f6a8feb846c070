"""The topics of a trained model after an edit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta.contracts import UNLABELLED, Corpus, Embeddings, ModelInputs, Split, TopicModelOutput
from theta.errors import InvalidOption
from theta.models.base import RanksWords, TopicModel
from theta.models.editing import steps as kinds
from theta.models.editing.shares import shares_after, with_arrays, with_label_head
from theta.models.editing.split import find_parts
from theta.models.editing.steps import Step, numbers_after
from theta.models.label_head import BIAS, WEIGHT
from theta.models.ranked import RANKED, scores_as_theta
from theta.models.topic_words import log_word_frequencies, relevance

_RELEVANCE = 0.4
"""Weight of log β in the ranking of new topics' words, for models with a ranking of their own that
needs more than β."""


def edited(
    output: TopicModelOutput,
    steps: Sequence[Step],
    model: TopicModel,
    model_options: Any,
    corpus: Corpus,
    embeddings: Embeddings | None,
    seed: int,
) -> TopicModelOutput:
    """Return the topics after some steps.

    Parameters
    ----------
    output : TopicModelOutput
        Of a training, or of an earlier edit.
    steps : sequence of Step
    model : TopicModel
    model_options : dataclass
    corpus : Corpus
    embeddings : Embeddings, optional
        Of the documents, if the model uses them.
    seed : int

    Raises
    ------
    InvalidOption
        If a topic has too few documents to be split.
    """
    before = tuple(output.facts.get("topic_numbers", range(output.num_topics)))
    for step in steps:
        output = _after(step, output, model, model_options, corpus, embeddings, seed)
    after = tuple(output.facts["topic_numbers"])
    if WEIGHT not in output.state or after == before:
        return output
    if set(after) == set(before):
        weight = output.state[WEIGHT][:, [before.index(number) for number in after]]
        head = {WEIGHT: weight, BIAS: output.state[BIAS]}
    else:
        head = _label_head(output, corpus)
    return replace(output, state=with_label_head(output.state, head))


def _after(
    step: Step,
    output: TopicModelOutput,
    model: TopicModel,
    model_options: Any,
    corpus: Corpus,
    embeddings: Embeddings | None,
    seed: int,
) -> TopicModelOutput:
    facts = dict(output.facts)
    numbers = tuple(facts.get("topic_numbers", range(output.num_topics)))
    n_steps = facts.get("edit_steps", 0)
    mean_shares = output.doc_topic.mean(axis=0, dtype=np.float64)
    vectors = None if embeddings is None else embeddings.documents
    arrays = _learnt(step, output, numbers, mean_shares, corpus, vectors, seed)
    inputs = ModelInputs(corpus.bow, vectors)
    doc_topic = shares_after(step, output.doc_topic, numbers, inputs, arrays)
    numbers_now = numbers_after(step, numbers)
    topic_word = _rows_after(step, output.topic_word, numbers, mean_shares, arrays)
    scores = output.word_scores
    if scores is not None:
        scores = _rows_after(step, scores, numbers, mean_shares, arrays)
        new = [k for k, number in enumerate(numbers_now) if number not in numbers]
        if new:
            ranked = RANKED in facts
            scores[new] = _ranking(
                model, model_options, topic_word[new], corpus, embeddings, ranked=ranked
            )
    if isinstance(step, kinds.Pin):
        scores = _pinned(step, topic_word if scores is None else scores, numbers, corpus.vocabulary)
    facts["topic_numbers"] = list(numbers_now)
    facts["edit_steps"] = n_steps + 1
    _record(step, facts, numbers)
    embedded = output.topic_embeddings
    if embedded is not None:
        embedded = _rows_after(step, embedded, numbers, mean_shares, arrays)
    return replace(
        output,
        doc_topic=doc_topic,
        topic_word=topic_word,
        word_scores=scores,
        topic_embeddings=embedded,
        state=with_arrays(output.state, n_steps, arrays),
        facts=facts,
    )


def _learnt(
    step: Step,
    output: TopicModelOutput,
    numbers: Sequence[int],
    mean_shares: NDArray[np.float64],
    corpus: Corpus,
    vectors: NDArray[Any] | None,
    seed: int,
) -> dict[str, NDArray[Any]]:
    """Return what a step learns from the training documents, for the state of the run."""
    if isinstance(step, kinds.Drop):
        rest = np.delete(mean_shares, numbers.index(step.topic))
        return {"shares": (rest / rest.sum()).astype(np.float32)}
    if not isinstance(step, kinds.Split):
        return {}
    try:
        return find_parts(
            output.doc_topic,
            output.topic_word,
            numbers.index(step.topic),
            len(step.into),
            corpus.bow,
            vectors,
            corpus.rows(Split.TRAIN),
            seed,
        )
    except InvalidOption as error:
        raise InvalidOption(f"topic {step.topic} cannot be split: {error}") from error


def _rows_after(
    step: Step,
    values: NDArray[np.float32],
    numbers: Sequence[int],
    mean_shares: NDArray[np.float64],
    arrays: Mapping[str, NDArray[Any]],
) -> NDArray[np.float32]:
    """Return one row per topic after a step.

    A merged topic has the mean of its parts, weighted by their shares; the parts of a split topic
    have their word distributions where the width is that of words, else the row of the whole.
    """
    row = dict(zip(numbers, values, strict=True))
    if isinstance(step, kinds.Merge):
        positions = [numbers.index(number) for number in step.topics]
        weights = np.maximum(mean_shares[positions], np.finfo(np.float64).tiny)
        row[step.into] = np.average(values[positions], axis=0, weights=weights)
    elif isinstance(step, kinds.Split):
        parts = arrays["parts"]
        for part, number in enumerate(step.into):
            row[number] = parts[part] if parts.shape[1] == values.shape[1] else row[step.topic]
    return np.stack([row[number] for number in numbers_after(step, numbers)]).astype(np.float32)


def _ranking(
    model: TopicModel,
    model_options: Any,
    topic_word: NDArray[np.float32],
    corpus: Corpus,
    embeddings: Embeddings | None,
    *,
    ranked: bool,
) -> NDArray[np.float32]:
    """Return the scores that rank the words of new topics, by THETA's ranking if `ranked`."""
    if ranked:
        return scores_as_theta(
            topic_word, corpus, embeddings if "embeddings" in model.needs else None
        )
    if isinstance(model, RanksWords):
        return model.rank_words(topic_word, corpus, embeddings, model_options)
    background = log_word_frequencies(corpus.bow[corpus.rows(Split.TRAIN)])
    log_topic_word = np.log(np.maximum(topic_word, np.finfo(np.float32).tiny))
    return relevance(log_topic_word, background, _RELEVANCE)


def _pinned(
    step: kinds.Pin,
    scores: NDArray[np.float32],
    numbers: Sequence[int],
    vocabulary: Sequence[str],
) -> NDArray[np.float32]:
    """Return scores in which the pinned words of a topic are the highest, in their order."""
    ids = [vocabulary.index(word) for word in step.words]
    raised = scores.copy()
    row = raised[numbers.index(step.topic)]
    gap = max(float(np.ptp(row)), 1.0) / len(row)
    row[ids] = row.max() + gap * np.arange(len(ids), 0, -1)
    return raised


def _record(step: Step, facts: dict[str, Any], numbers: Sequence[int]) -> None:
    """Write down what the topics are called and what they are made of."""
    names = dict(facts.get("topic_names", {}))
    made_of = dict(facts.get("topic_sources", {}))
    gone: Sequence[int] = ()
    if isinstance(step, kinds.Merge):
        gone, made_of[str(step.into)] = step.topics, list(step.topics)
    elif isinstance(step, kinds.Split):
        gone = (step.topic,)
        for number in step.into:
            made_of[str(number)] = [{"part_of": step.topic}]
    elif isinstance(step, kinds.Drop):
        gone = (step.topic,)
    elif isinstance(step, kinds.Rename):
        names[str(step.topic)] = step.name
    facts["topic_names"] = {n: name for n, name in names.items() if int(n) not in gone}
    facts["topic_sources"] = made_of
    used = (*numbers, *numbers_after(step, numbers))
    facts["next_topic_number"] = max(facts.get("next_topic_number", 0), max(used) + 1)
    for guided in ("described_topics", "seed_words"):
        if guided in facts:
            facts[guided] = [one for one in facts[guided] if one["topic"] not in gone]
    # Agreement over seeds is that of topics which may be gone.
    if gone:
        facts.pop("stability", None)


def _label_head(output: TopicModelOutput, corpus: Corpus) -> dict[str, NDArray[np.float32]]:
    """Return the label head fitted to the edited topics: logistic regression on θ."""
    from sklearn.linear_model import LogisticRegression

    assert corpus.labels is not None
    names: list[str] = output.facts["labels"]
    ids = {name: code for code, name in enumerate(names)}
    rows = corpus.rows(Split.TRAIN)
    rows = rows[corpus.labels.codes[rows] != UNLABELLED]
    codes = [ids.get(corpus.labels.names[code]) for code in corpus.labels.codes[rows].tolist()]
    known = np.array([code is not None for code in codes])
    targets = np.array([code for code in codes if code is not None])
    fitted = LogisticRegression(C=100.0, max_iter=1000).fit(output.doc_topic[rows[known]], targets)
    weight = np.zeros((len(names), output.num_topics), np.float32)
    # A label that no training document has is never predicted.
    bias = np.full(len(names), -1e9, np.float32)
    if len(fitted.classes_) == 2:
        weight[fitted.classes_] = np.vstack([-fitted.coef_, fitted.coef_]) / 2
        bias[fitted.classes_] = np.array([-fitted.intercept_[0], fitted.intercept_[0]]) / 2
    else:
        weight[fitted.classes_] = fitted.coef_
        bias[fitted.classes_] = fitted.intercept_
    return {WEIGHT: weight, BIAS: bias}
