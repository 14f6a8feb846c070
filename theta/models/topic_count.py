"""How many topics a corpus has: those that return in other documents and can be told by words.

For each number K of a grid, two random halves of the documents are clustered separately
(`theta.models.split_halves`). Of the K topics, the share r = (J − J₀) / (1 − J₀) returns in the
other half beyond chance, and words alone predict them with F1 F.

worth(K) = K (min(r, F) − ½): the topics that return and can be read, less half a topic for each.
The maximum is the estimate: beyond it, one more topic adds less than half of one.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from theta.i18n import Message
from theta.models.baseline_options import TopicCount
from theta.models.document_space import sample_rows
from theta.models.split_halves import Agreement, SplitHalves, overlap_by_chance
from theta.options import declarations

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

GRID = (2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 18, 20, 22, 25, 28, 32, 36, 40, 50, 60, 80)
"""Numbers of topics that are tried."""

FALLBACK: int = declarations(TopicCount)["num_topics"].default
"""The number of topics of a corpus that does not support any: the default of ``--num_topics``."""

SUPPORTED = 1.0
"""Smallest worth of a supported number of topics."""

_PRICE = 0.5
"""Topics that one topic costs."""

_MAX_DOCS = 8_000
"""Maximum number of documents looked at: a topic of 1 % has 40 in each half."""

_MIN_DOCS_PER_TOPIC = 25
"""Larger numbers of topics are not tried."""

_ERRORS = 1.5
"""Standard errors within which two numbers of topics cannot be told apart."""

_TRIED_ANYWAY = 25
"""Numbers above it, which take most of the time, are tried until the worth is negative and falls
twice in a row."""

_CONTRADICTS = 2.0
"""Factor from which another supported number contradicts one."""

_FIRST_SPLITS, _SPLITS = 3, 9
"""Splits on which each number is tried, and on which the best and its rivals are tried."""


@dataclass(frozen=True)
class TopicCountEstimate:
    """How many topics a corpus has, and what the answer is based on.

    Attributes
    ----------
    number : int
        The number of topics to use: `best` if it is supported, else the fallback.
    supported : bool
        Whether the worth of `best` is at least `SUPPORTED`. If not, the corpus does not say how
        many topics it has.
    best : int, optional
        The number of topics of largest worth; None if there are too few documents to try any.
    low, high : int, optional
        Numbers between them cannot be told apart: the first and the last whose worth is within
        1.5 standard errors of the best, and the untried numbers next to them.
    levels : sequence of int
        Other supported local maxima of the worth, beyond its standard error: coarser or finer
        levels of the same corpus.
    n_docs : int
        Documents looked at.
    with_embeddings : bool
        Whether embeddings were used, or the counts alone.
    seed : int
    seconds : float
    grid : sequence of int
    worth, error : sequence of float
        Of each number of the grid, with its standard error over the splits, in topics.
    returning, chance, readable : sequence of float
        J, J₀ and F of each number of the grid; means over the splits.
    contradicted_by : sequence of int
        From the counts alone: what halves of the vocabulary support, if it differs from `best` by a
        factor of two or more, so that `best` is not supported.
    """

    number: int
    supported: bool
    best: int | None
    low: int | None
    high: int | None
    levels: Sequence[int]
    n_docs: int
    with_embeddings: bool
    seed: int
    seconds: float
    grid: Sequence[int] = ()
    worth: Sequence[float] = ()
    error: Sequence[float] = ()
    returning: Sequence[float] = ()
    chance: Sequence[float] = ()
    readable: Sequence[float] = ()
    contradicted_by: Sequence[int] = ()

    @property
    def beyond_chance(self) -> list[float]:
        """The share of topics that return beyond chance, (J − J₀) / (1 − J₀), along the grid."""
        pairs = zip(self.returning, self.chance, strict=True)
        return [(j - j0) / (1 - j0) for j, j0 in pairs]

    @property
    def margin(self) -> list[float]:
        """Half the width of the band in which two numbers cannot be told apart, in topics."""
        return [_ERRORS * error for error in self.error]

    @property
    def within(self) -> tuple[int, int] | None:
        """The first and the last number that cannot be told apart from the best, if supported."""
        if not self.supported or self.low is None or self.high is None:
            return None
        return self.low, self.high

    @property
    def sentence(self) -> Message:
        """The answer in one sentence, with its range or with the reason for the fallback."""
        if self.supported:
            answer = Message("{num_topics} topics", num_topics=self.number)
            if self.low != self.high:
                answer = Message(
                    "{answer}; {num_low} to {num_high} cannot be told apart",
                    answer=answer,
                    num_low=self.low,
                    num_high=self.high,
                )
            if self.levels:
                levels = ", ".join(map(str, self.levels))
                answer = Message("{answer}; other levels: {levels}", answer=answer, levels=levels)
            return answer
        if self.best is None:
            return Message(
                "{num_topics} topics, the fallback: {n_docs} training documents are too few to "
                "estimate a number",
                num_topics=self.number,
                n_docs=self.n_docs,
            )
        if self.contradicted_by:
            return Message(
                "{num_topics} topics, the fallback: the counts alone suggest {num_best}, but half "
                "of the words {others}; prepare embeddings",
                num_topics=self.number,
                num_best=self.best,
                others=", ".join(map(str, self.contradicted_by)),
            )
        return Message(
            "{num_topics} topics, the fallback: the corpus does not say how many topics it has "
            "(none of {num_first} to {num_last} is supported)",
            num_topics=self.number,
            num_first=self.grid[0],
            num_last=self.grid[-1],
        )

    def record(self) -> dict[str, Any]:
        """Return the estimate and its curve, ready for JSON."""
        return {
            name: list(value) if isinstance(value, (list, tuple)) else value
            for name, value in asdict(self).items()
        }

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> TopicCountEstimate:
        """Return the estimate that `record` describes."""
        return cls(**record)


def estimate_topic_count(
    bow: csr_array, embeddings: NDArray[Any] | None, seed: int, grid: Sequence[int] = GRID
) -> TopicCountEstimate:
    """Estimate how many topics a corpus has.

    Parameters
    ----------
    bow : (n_docs, n_words) csr_array
        Counts of the training documents.
    embeddings : (n_docs, dim), optional
        Of these documents; may be memory-mapped. Without them, the latent semantic analysis of the
        counts takes their place.
    seed : int
    grid : sequence of int
        Numbers of topics to try, ascending.
    """
    began = time.perf_counter()
    rows = sample_rows(bow.shape[0], _MAX_DOCS, seed)
    fallback = max(2, min(FALLBACK, len(rows) // _MIN_DOCS_PER_TOPIC))
    numbers = [k for k in grid if k * _MIN_DOCS_PER_TOPIC <= len(rows)]
    common: dict[str, Any] = {
        "n_docs": len(rows),
        "with_embeddings": embeddings is not None,
        "seed": seed,
    }
    if len(numbers) < 2:
        seconds = round(time.perf_counter() - began, 3)
        return TopicCountEstimate(fallback, False, None, None, None, (), seconds=seconds, **common)
    of_rows = None if embeddings is None else np.asarray(embeddings[rows])
    halves = SplitHalves(bow[rows], of_rows, seed, numbers[-1])
    curve = _curve(halves, numbers)
    best = int(np.argmax(curve.worth))
    supported = bool(curve.worth[best] >= SUPPORTED)
    others: list[int] = []
    if supported and of_rows is None:
        others = _contradictions(bow[rows], int(curve.numbers[best]), numbers, seed)
        supported = not others
    low, high = curve.range()
    return TopicCountEstimate(
        number=int(curve.numbers[best]) if supported else fallback,
        supported=supported,
        best=int(curve.numbers[best]),
        low=low,
        high=high,
        levels=[k for k in curve.peaks() if k != curve.numbers[best]],
        seconds=round(time.perf_counter() - began, 3),
        contradicted_by=others,
        **common,
        **curve.columns(),
    )


def _contradictions(bow: csr_array, best: int, numbers: Sequence[int], seed: int) -> list[int]:
    """Return the supported numbers of topics that contradict one found from the counts alone.

    Documents are clustered by a random half of the vocabulary, and their topics read by the other
    half, and the other way round: without embeddings, the two questions are otherwise asked of the
    same words, which formulaic texts answer at any number of topics.
    """
    rows = sample_rows(bow.shape[0], _MAX_DOCS // 2, seed)
    numbers = [k for k in numbers if k * _MIN_DOCS_PER_TOPIC <= len(rows)]
    order = np.random.default_rng(seed).permutation(bow.shape[1])
    half, other = (bow[rows][:, np.sort(part)] for part in np.array_split(order, 2))
    found = []
    for words, reading in ((half, other), (other, half)):
        halves = SplitHalves(words, None, seed, numbers[-1], reading)
        curve = _first_curve(halves, numbers)[1]
        place = int(np.argmax(curve.worth))
        number = int(curve.numbers[place])
        if curve.worth[place] >= SUPPORTED and max(number / best, best / number) >= _CONTRADICTS:
            found.append(number)
    return sorted(set(found))


@dataclass(frozen=True)
class _Curve:
    """The worth of each number of topics tried, with its parts, each (n_numbers,)."""

    numbers: NDArray[np.int64]
    worth: NDArray[np.float64]
    error: NDArray[np.float64]
    returning: NDArray[np.float64]
    chance: NDArray[np.float64]
    readable: NDArray[np.float64]

    def within_error(self) -> NDArray[np.bool_]:
        """Return which numbers cannot be told apart from the best."""
        best = int(np.argmax(self.worth))
        margin = _ERRORS * np.hypot(self.error, self.error[best])
        near: NDArray[np.bool_] = self.worth + margin >= self.worth[best]
        return near

    def range(self) -> tuple[int, int]:
        """Return the first and the last number that cannot be told apart from the best."""
        tried = self.numbers.tolist()
        near = np.flatnonzero(self.within_error())
        first, last = int(near[0]), int(near[-1])
        low = tried[0] if first == 0 else tried[first - 1] + 1
        high = tried[-1] if last == len(tried) - 1 else tried[last + 1] - 1
        return low, high

    def peaks(self) -> list[int]:
        """Return the supported numbers at local maxima that rise out of the curve's error."""
        from scipy.signal import find_peaks

        # The ends of the grid may be maxima.
        padded = np.pad(self.worth, 1, constant_values=self.worth.min() - 1)
        found, properties = find_peaks(padded, prominence=0)
        places = found - 1
        clear = properties["prominences"] >= _ERRORS * self.error[places]
        found_numbers: list[int] = self.numbers[
            places[clear & (self.worth[places] >= SUPPORTED)]
        ].tolist()
        return found_numbers

    def columns(self) -> dict[str, Any]:
        """Return the columns as lists, by their names in `TopicCountEstimate`."""
        columns = {name: values.tolist() for name, values in vars(self).items()}
        return {"grid": columns.pop("numbers"), **columns}


def _curve(halves: SplitHalves, numbers: Sequence[int]) -> _Curve:
    """Try the numbers on a few splits, and those that may be the best on more."""
    found, curve = _first_curve(halves, numbers)
    for split in range(_FIRST_SPLITS, _SPLITS):
        for k in curve.numbers[curve.within_error()].tolist():
            found[k].append(halves.agreement(k, split))
        curve = judge(found)
    return curve


def _first_curve(
    halves: SplitHalves, numbers: Sequence[int]
) -> tuple[dict[int, list[Agreement]], _Curve]:
    """Try the numbers on a few splits."""
    found: dict[int, list[Agreement]] = {}
    for k in numbers:
        found[k] = [halves.agreement(k, split) for split in range(_FIRST_SPLITS)]
        curve = judge(found)
        *_, before, previous, last = 0.0, 0.0, *curve.worth
        if k > _TRIED_ANYWAY and last < previous < min(before, 0):
            break
    return found, curve


def judge(found: Mapping[int, Sequence[Agreement]]) -> _Curve:
    """Return the worth of each number of topics.

    Parameters
    ----------
    found : mapping of int to sequence of Agreement
        By number of topics, ascending: what each split says, two splits at least.
    """
    numbers = np.array(list(found))
    chance = overlap_by_chance(numbers)
    mean = np.array([np.mean(splits, axis=0) for splits in found.values()])
    returning, readable = mean.T
    beyond = (returning - chance) / (1 - chance)
    worth = numbers * (np.minimum(beyond, readable) - _PRICE)
    # The mean over the topics of a split varies about equally for all K, so their sum K times as
    # much: one standard deviation for all is less noisy than one each.
    deviations = [_of_each_split(splits, j0).std(ddof=1) for splits, j0 in zip(
        found.values(), chance.tolist(), strict=True)]  # fmt: skip
    n_splits = np.array([len(splits) for splits in found.values()])
    error = numbers * float(np.median(deviations)) / np.sqrt(n_splits)
    return _Curve(numbers, worth, error, returning, chance, readable)


def _of_each_split(splits: Sequence[Agreement], chance: float) -> NDArray[np.float64]:
    """Return min(r, F) of each split."""
    returning, readable = np.array(splits).T
    smaller: NDArray[np.float64] = np.minimum((returning - chance) / (1 - chance), readable)
    return smaller
