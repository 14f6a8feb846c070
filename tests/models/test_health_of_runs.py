"""The signs of a bad run in real trainings, and what their advice does."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from theta.evaluation.health import Health, check_health
from theta.models.base import FitContext
from theta.models.theta import Theta

from .planted import N_BLOCKS, planted_corpus, planted_embeddings

CORPUS = planted_corpus(240)
EMBEDDINGS = planted_embeddings(CORPUS)
GOOD = {"num_topics": N_BLOCKS, "epochs": 40, "kl_warmup": 10, "hidden_dim": 32}


def health_of(**changes: Any) -> Health:
    options = replace(Theta.Options(), **{**GOOD, **changes})
    output = Theta().fit(CORPUS, EMBEDDINGS, options, FitContext(progress=False))
    return check_health(output.doc_topic, output.top_words(10), output.history, asdict(options))


def names(health: Health) -> list[str]:
    return [finding.name for finding in health.findings]


def test_a_good_training_is_left_in_peace() -> None:
    health = health_of()
    assert names(health) == []
    assert health.unused == []


def test_too_many_topics_and_the_number_to_try() -> None:
    health = health_of(num_topics=40)
    assert "unused_topics" in names(health) or "doubled_topics" in names(health)
    tried = next(f.options["num_topics"] for f in health.findings if f.options)
    again = health_of(num_topics=tried)
    assert len(again.unused) + len(again.doubled) < len(health.unused) + len(health.doubled)


def test_a_prior_that_takes_all_and_the_strength_to_try() -> None:
    health = health_of(kl_end=200.0, kl_warmup=0)
    (finding,) = [f for f in health.findings if f.name == "uniform_documents"]
    assert "uniform_documents" not in names(health_of(**{"kl_warmup": 0, **finding.options}))


def test_a_training_cut_short_and_the_epochs_to_try() -> None:
    slow = {"learning_rate": 2e-4, "epochs": 5, "kl_warmup": 0}
    health = health_of(**slow)
    (finding,) = [f for f in health.findings if f.name == "under_trained"]
    assert finding.options == {"epochs": 10}
