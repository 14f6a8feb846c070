"""How topic shares were estimated again for effects, and which topics they are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class CalibratedTopic:
    """A topic of a run, and what has become of it.

    Attributes
    ----------
    words : sequence of str
        The top words after calibration.
    overlap : float
        Probability that its words share with those of the topic of the run, from 0 to 1.
    share, share_before : float
        Mean share in the documents, calibrated and in the run.
    """

    words: Sequence[str]
    overlap: float
    share: float
    share_before: float


@dataclass(frozen=True)
class Calibration:
    """How topic shares were estimated again.

    Attributes
    ----------
    prevalence : str
        Formula of the prior mean.
    em_steps : int
        Steps of EM that sharpened the topics; 0 leaves them as they are.
    perplexity : mapping of str to float
        Of held-out words, by the number of steps.
    topics : sequence of CalibratedTopic
    blurred : bool
        Whether sharpened topics were given up because they overlapped more than before.
    overlap : float, optional
        Mean probability that the words of two topics share; None in runs of earlier versions.
    topic_draws : int
        Draws of the topics that the draws of the shares take in turn; 0 if topics count as known.
    undetermined : bool
        Whether the words leave the topics open, so that they count as known.
    turned : sequence of int
        Topics that the words would turn into others, so that all count as known.
    """

    prevalence: str
    em_steps: int
    perplexity: Mapping[str, float]
    topics: Sequence[CalibratedTopic]
    blurred: bool = False
    overlap: float | None = None
    topic_draws: int = 0
    undetermined: bool = False
    turned: Sequence[int] = ()

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Calibration:
        """Return what `dataclasses.asdict` made, read from JSON."""
        topics = [CalibratedTopic(**topic) for topic in record["topics"]]
        return cls(**{**record, "topics": topics})

    def describe(self) -> str:
        """Return how the shares were estimated, in a sentence for readers."""
        topics = "the topics of the run, since no EM step predicts held-out words better"
        if self.blurred:
            topics = "the topics of the run, since sharpening would make them overlap more"
        elif self.em_steps:
            topics = f"topics sharpened by {self.em_steps} steps of EM, chosen by held-out words"
        if self.topic_draws:
            topics += ", and drawn from their posterior"
        if self.undetermined:
            topics += ", that count as known although the words leave them open"
        if self.turned:
            topics += ", that count as known since the words would turn some into others"
        return (
            f"Topic shares were calibrated: with {topics}, and with a logistic-normal prior of "
            f"mean {self.prevalence} and learned covariance."
        )
