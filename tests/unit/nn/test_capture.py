from __future__ import annotations

import pytest
import torch

from theta.nn.capture import CapturedStep
from theta.nn.elbo import LossTerms
from theta.nn.fit import fit
from theta.nn.inputs import Inputs

from .corpora import random_inputs, schedule, small_model, train_rows

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]


def on_gpu() -> Inputs:
    inputs = random_inputs(n_docs=70)
    counts = inputs.counts
    moved = type(counts)(
        counts.starts.cuda(),
        counts.words.cuda(),
        counts.values.cuda(),
        counts.documents.cuda(),
        counts.n_words,
    )
    return Inputs(moved, inputs.features.cuda(), lexical=inputs.lexical.cuda())


def train(captured: bool, dropout: float = 0.0) -> tuple[dict[str, torch.Tensor], list[float]]:
    inputs = on_gpu()
    model = small_model(inputs, dropout=dropout).cuda()
    plan = schedule(epochs=4, batch_size=8)
    fitted = fit(model, inputs, *train_rows(inputs), plan, seed=0, captured=captured)
    elbos = [entry["validation_elbo"] for entry in fitted.history]
    return {name: tensor.cpu() for name, tensor in model.state_dict().items()}, elbos


@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_captured_training_equals_uncaptured(dropout: float) -> None:
    captured, captured_elbos = train(True, dropout)
    plain, plain_elbos = train(False, dropout)
    assert captured_elbos == pytest.approx(plain_elbos, rel=1e-4)
    for name, tensor in plain.items():
        torch.testing.assert_close(captured[name], tensor, rtol=1e-3, atol=1e-4, msg=name)


def test_captured_training_repeats_its_bits() -> None:
    first, _ = train(True, 0.3)
    second, _ = train(True, 0.3)
    assert all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_training_goes_on_where_the_capture_fails(
    dropout: float, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A step that asks the device for a value cannot be captured."""
    plain, _ = train(False, dropout)
    padded_step = CapturedStep._padded_step

    def synchronizing(self: CapturedStep) -> LossTerms:
        terms = padded_step(self)
        float(terms.divergence.sum())
        return terms

    monkeypatch.setattr(CapturedStep, "_padded_step", synchronizing)
    state, _ = train(True, dropout)
    assert caplog.text.count("cannot be captured as a CUDA graph") == 1
    assert all(torch.isfinite(tensor).all() for tensor in state.values())
    if dropout == 0:
        for name, tensor in plain.items():
            torch.testing.assert_close(state[name], tensor, rtol=1e-3, atol=1e-4, msg=name)
