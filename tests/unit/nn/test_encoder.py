from __future__ import annotations

import pytest
import torch
from torch import nn

from theta.nn.encoder import Dropout, EmbeddingEncoder, InferenceEncoder
from theta.nn.inputs import Inputs

from .corpora import random_inputs


def test_layers_and_widths_are_the_ones_asked_for() -> None:
    encoder = EmbeddingEncoder(torch.zeros(6), 2, 4, hidden_dim=10, num_layers=3, dropout=0.1)
    linears = [module for module in encoder.body if isinstance(module, nn.Linear)]
    assert [(layer.in_features, layer.out_features) for layer in linears] == [
        (8, 10),
        (10, 10),
        (10, 10),
    ]
    assert encoder.heads.out_features == 8


def test_the_centre_is_taken_off() -> None:
    inputs = random_inputs(dim=6, n_lexical=0)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        centred = EmbeddingEncoder(torch.ones(6), 0, 4, 10, 1, 0.0).eval()
        torch.manual_seed(0)
        plain = EmbeddingEncoder(torch.zeros(6), 0, 4, 10, 1, 0.0).eval()
    shifted = Inputs(inputs.counts, inputs.features.float() - 1)
    torch.testing.assert_close(centred(inputs), plain(shifted))


def test_embeddings_are_read_by_direction_beside_the_lexical_vectors() -> None:
    inputs = random_inputs(dim=6, n_lexical=2)
    encoder = EmbeddingEncoder(torch.zeros(6), 2, 4, 10, 1, 0.0).eval()
    longer = Inputs(inputs.counts, 3 * inputs.features.float(), lexical=inputs.lexical)
    torch.testing.assert_close(encoder(longer), encoder(inputs))
    others = Inputs(inputs.counts, inputs.features, lexical=inputs.lexical.flip(0))
    assert not torch.equal(encoder(others)[0], encoder(inputs)[0])


@pytest.mark.parametrize(("hidden_dim", "n_lexical"), [(32, 2), (10, 0), (7, 9)])
@pytest.mark.parametrize("dtype", [torch.float16, torch.float32])
@torch.no_grad()
def test_the_evaluated_encoder_says_the_same(
    hidden_dim: int, n_lexical: int, dtype: torch.dtype
) -> None:
    inputs = random_inputs(dim=6, n_lexical=n_lexical)
    assert inputs.features is not None
    inputs = Inputs(inputs.counts, inputs.features.to(dtype), lexical=inputs.lexical)
    features = inputs.features.clone()
    encoder = EmbeddingEncoder(torch.full((6,), 0.1), n_lexical, 4, hidden_dim, 2, 0.2)
    for layer in encoder.body:
        if isinstance(layer, nn.BatchNorm1d):
            for values in (layer.running_mean, layer.bias):
                values.normal_()
            for values in (layer.running_var, layer.weight):
                values.uniform_(0.5, 2)
    encoder.eval()
    found = InferenceEncoder(encoder).mean(inputs)
    torch.testing.assert_close(found, encoder(inputs)[0])
    torch.testing.assert_close(inputs.features, features, rtol=0, atol=0)


def test_an_encoder_of_embeddings_needs_them() -> None:
    inputs = random_inputs(dim=6, n_lexical=0)
    encoder = EmbeddingEncoder(torch.zeros(6), 0, 4, 10, 1, 0.0)
    with pytest.raises(ValueError, match="requires embeddings"):
        encoder(Inputs(inputs.counts))


@pytest.mark.parametrize("rate", [0.2, 0.5, 0.9])
def test_dropout_keeps_the_right_share_and_the_mean(rate: float) -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        dropped = Dropout(rate).train()(torch.ones(1000, 301))
    # A share of 301,000 draws has a standard deviation below 0.001.
    assert float((dropped == 0).float().mean()) == pytest.approx(rate, abs=0.005)
    kept = dropped[dropped != 0]
    torch.testing.assert_close(kept, torch.full_like(kept, 1 / (1 - rate)))


def test_dropout_has_the_gradient_of_its_mask() -> None:
    hidden = torch.ones(8, 9, requires_grad=True)
    dropped = Dropout(0.5).train()(hidden)
    dropped.sum().backward()
    torch.testing.assert_close(hidden.grad, dropped.detach())


def test_dropout_does_nothing_at_zero_and_in_evaluation() -> None:
    hidden = torch.randn(5, 5)
    assert Dropout(0.0).train()(hidden) is hidden
    assert Dropout(0.7).eval()(hidden) is hidden
