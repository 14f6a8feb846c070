"""The signs of a bad run in real trainings, and what their advice does."""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import cache
from typing import Any

from theta.evaluation.health import Health, check_health
from theta.models.base import FitContext, TopicModel
from theta.models.etm import Etm
from theta.models.theta import Theta

from .planted import N_BLOCKS, planted_corpus, planted_embeddings

CORPUS = planted_corpus(240)
EMBEDDINGS = planted_embeddings(CORPUS)
GOOD = {"num_topics": N_BLOCKS, "epochs": 40, "kl_warmup": 10, "hidden_dim": 32}


@cache
def health_of(model: type[TopicModel] = Theta, **changes: Any) -> Health:
    options = replace(model.Options(), **{**GOOD, **changes})
    output = model().fit(CORPUS, EMBEDDINGS, options, FitContext(progress=False))
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
    surplus = [f for f in health.findings if f.name in ("unused_topics", "doubled_topics")]
    tried = surplus[0].options["num_topics"]
    again = health_of(num_topics=tried)
    assert len(again.unused) + len(again.doubled) < len(health.unused) + len(health.doubled)


def test_a_kl_term_that_takes_all_and_the_weight_to_try() -> None:
    health = health_of(kl_end=200.0, kl_warmup=0)
    (finding,) = [f for f in health.findings if f.name == "collapsed"]
    assert finding.flags == "--kl_end 1"
    assert names(health_of(**{"kl_warmup": 0, **finding.options})) == []


def test_a_collapse_without_warm_up_and_the_epochs_to_try() -> None:
    health = health_of(Etm, kl_warmup=0)
    (finding,) = [f for f in health.findings if f.name == "collapsed"]
    assert finding.flags == "--kl_warmup 20"
    again = health_of(Etm, **finding.options)
    assert "collapsed" not in names(again)
    assert again.uniform_documents < health.uniform_documents == CORPUS.n_docs


def test_a_flat_prior_and_the_concentration_to_try() -> None:
    health = health_of(prior_alpha=100.0)
    (finding,) = [f for f in health.findings if f.name == "uniform_documents"]
    assert finding.flags == "--prior_alpha 0.1"
    assert names(health_of(**finding.options)) == []


def test_more_topics_than_the_documents_bear() -> None:
    health = health_of(num_topics=40)
    (finding,) = [f for f in health.findings if f.name == "few_documents"]
    assert finding.flags == "--num_topics auto"
    assert finding.message.startswith("40 topics are many for 240 documents")
    assert "few_documents" not in names(health_of(num_topics=20))


def test_a_training_cut_short_and_the_epochs_to_try() -> None:
    slow = {"learning_rate": 2e-4, "epochs": 5, "kl_warmup": 0}
    health = health_of(**slow)
    (finding,) = [f for f in health.findings if f.name == "under_trained"]
    assert finding.options == {"epochs": 10}
