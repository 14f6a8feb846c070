"""The step that a GPU replays, with padded counts and fixed places, taken on the CPU."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from theta.contracts import TopicModelOutput
from theta.models import MODELS
from theta.models.base import FitContext
from theta.models.vae import VAEOptions
from theta.nn import capture
from theta.nn.capture import CapturedStep
from theta.nn.inputs import Counts

from .planted import N_BLOCKS, planted_corpus, planted_embeddings

CORPUS = planted_corpus(n_docs=180)
EMBEDDINGS = planted_embeddings(CORPUS)

# 144 training documents: four full batches, which are padded, and one of 16, which is not.
OPTIONS = {
    "num_topics": N_BLOCKS,
    "epochs": 3,
    "batch_size": 32,
    "hidden_dim": 16,
    "dropout": 0.3,
    "kl_warmup": 1,
}
TRAINED_BY_STEPS = [name for name, one in MODELS.items() if issubclass(one.Options, VAEOptions)]


def train(name: str, *, supervised: bool = False, **changes: Any) -> TopicModelOutput:
    model = MODELS[name]
    context = FitContext(seed=3, progress=False, supervised=supervised)
    return model().fit(CORPUS, EMBEDDINGS, model.Options(**{**OPTIONS, **changes}), context)


@pytest.fixture
def padded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Make networks compute as on a GPU and take padded steps; lists those that were taken."""
    taken: list[str] = []

    def step(self: CapturedStep) -> Any:
        taken.append(self.device.type)
        return self._padded_step()

    monkeypatch.setattr(Counts, "prefers_dense", True)
    monkeypatch.setattr(capture, "can_capture", lambda inputs: True)
    monkeypatch.setattr(CapturedStep, "_warm_up", step)
    monkeypatch.setattr(CapturedStep, "_replay", step)
    return taken


def assert_same_bits(first: TopicModelOutput, second: TopicModelOutput) -> None:
    for name, array in first.state.items():
        np.testing.assert_array_equal(array, second.state[name], err_msg=name)
    np.testing.assert_array_equal(first.doc_topic, second.doc_topic)
    np.testing.assert_array_equal(first.topic_word, second.topic_word)
    for one, other in zip(first.history, second.history, strict=True):
        assert {**one, "seconds": 0} == {**other, "seconds": 0}


def compare(monkeypatch: pytest.MonkeyPatch, padded: list[str], name: str, **how: Any) -> None:
    by_padded_steps = train(name, **how)
    n_padded = len(padded)
    assert n_padded >= 9, "no step was padded"
    monkeypatch.setattr(capture, "can_capture", lambda inputs: False)
    by_plain_steps = train(name, **how)
    assert len(padded) == n_padded
    assert_same_bits(by_padded_steps, by_plain_steps)


def test_the_neural_models_are_these() -> None:
    assert set(TRAINED_BY_STEPS) == {"theta", "ctm", "dtm", "etm", "gsm", "nvdm", "prodlda"}


@pytest.mark.parametrize("name", TRAINED_BY_STEPS)
def test_the_padded_step_is_the_plain_one(
    monkeypatch: pytest.MonkeyPatch, padded: list[str], name: str
) -> None:
    compare(monkeypatch, padded, name)


def test_with_labels_seed_words_and_neighbours(
    monkeypatch: pytest.MonkeyPatch, padded: list[str], tmp_path: Path
) -> None:
    seeds = tmp_path / "seeds.yaml"
    seeds.write_text("first: [word00, word01]\nsecond: [word08]\n")
    how = {"supervised": True, "seed_words": seeds, "neighbor_docs": 5}
    compare(monkeypatch, padded, "theta", **how)


@pytest.mark.parametrize("name", TRAINED_BY_STEPS)
def test_products_over_all_words_give_what_gathering_gives(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The two ways differ by the order of sums alone; after one step so do the weights."""
    how: dict[str, Any] = {"epochs": 1, "batch_size": 180, "dropout": 0.0, "learning_rate": 1e-4}
    gathered = train(name, **how)
    monkeypatch.setattr(Counts, "prefers_dense", True)
    dense = train(name, **how)
    for entry in gathered.history[0].keys() - {"seconds"}:
        assert dense.history[0][entry] == pytest.approx(gathered.history[0][entry], rel=1e-4)
    np.testing.assert_allclose(dense.doc_topic, gathered.doc_topic, atol=1e-4)
    np.testing.assert_allclose(dense.topic_word, gathered.topic_word, atol=1e-4)
