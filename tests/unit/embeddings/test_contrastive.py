from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from theta.embeddings.contrastive import (
    paired_batches,
    shuffled_batches,
    simcse_loss,
    supervised_contrastive_loss,
)


def unit_rows(n: int, dim: int, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randn(n, dim, generator=generator, dtype=torch.float64)
    return torch.nn.functional.normalize(drawn, dim=1)


def test_simcse_by_hand() -> None:
    # z_1·z'_1 = 1, z_1·z'_2 = 0; z_2·z'_1 = 0, z_2·z'_2 = 1; τ = 1/2, so each text's chance of its
    # own view is e² / (e² + e⁰) and the loss log(1 + e⁻²).
    vectors = torch.eye(2)
    assert float(simcse_loss(vectors, vectors, temperature=0.5)) == pytest.approx(
        math.log(1 + math.exp(-2))
    )


def test_simcse_against_a_loop() -> None:
    first, second = unit_rows(6, 5, 1), unit_rows(6, 5, 2)
    total = 0.0
    for i in range(6):
        chances = [math.exp(float(first[i] @ second[j]) / 0.05) for j in range(6)]
        total -= math.log(chances[i] / sum(chances))
    assert float(simcse_loss(first, second)) == pytest.approx(total / 6)


def test_supervised_against_a_loop() -> None:
    vectors = unit_rows(7, 5, 3)
    labels = [0, 0, 0, 1, 1, 2, 1]
    losses = []
    for i in range(7):
        others = [a for a in range(7) if a != i]
        partners = [p for p in others if labels[p] == labels[i]]
        if not partners:  # label 2 stands on one text: a negative only
            continue
        whole = sum(math.exp(float(vectors[i] @ vectors[a]) / 0.1) for a in others)
        logs = [math.log(math.exp(float(vectors[i] @ vectors[p]) / 0.1) / whole) for p in partners]
        losses.append(-sum(logs) / len(partners))
    assert len(losses) == 6
    loss = supervised_contrastive_loss(vectors, torch.tensor(labels))
    assert float(loss) == pytest.approx(sum(losses) / 6)


def test_gradients_against_finite_differences() -> None:
    vectors = unit_rows(5, 4, 4).requires_grad_()
    labels = torch.tensor([0, 1, 0, 1, 1])
    assert torch.autograd.gradcheck(lambda z: supervised_contrastive_loss(z, labels), vectors)
    assert torch.autograd.gradcheck(lambda z: simcse_loss(z, z.flip(1)), vectors)


@given(st.integers(2, 300), st.integers(2, 70), st.integers(0, 5))
def test_shuffled_batches_hold_every_text_once(n_texts: int, batch_size: int, seed: int) -> None:
    batches = shuffled_batches(n_texts, batch_size, np.random.default_rng(seed))
    assert sorted(np.concatenate(batches).tolist()) == list(range(n_texts))
    # A text alone in its batch would have no negatives; the batch before takes it in.
    assert all(2 <= len(batch) <= batch_size + 1 for batch in batches)


@given(st.lists(st.integers(2, 30), min_size=2, max_size=8), st.integers(4, 40), st.integers(0, 5))
def test_paired_batches_give_every_text_a_partner(
    sizes: list[int], batch_size: int, seed: int
) -> None:
    labels = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(sizes)), sizes))
    batches = paired_batches(labels, batch_size, np.random.default_rng(seed))
    # A label with an odd number of texts shows one of them twice.
    n_shown = sum(size + size % 2 for size in sizes)
    shown = np.concatenate(batches)
    assert len(shown) == n_shown
    assert set(shown.tolist()) == set(range(len(labels)))
    for batch in batches:
        pairs = labels[batch].reshape(-1, 2)
        assert (pairs[:, 0] == pairs[:, 1]).all()
        assert (batch.reshape(-1, 2)[:, 0] != batch.reshape(-1, 2)[:, 1]).all()
        assert len(batch) <= batch_size + 2
