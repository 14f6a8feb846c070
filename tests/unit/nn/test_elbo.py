from __future__ import annotations

import math

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from theta.nn.elbo import sample_posterior, sparse_dirichlet_variance

from .corpora import random_inputs, small_model


def posterior(n_docs: int = 5, num_topics: int = 4) -> tuple[torch.Tensor, ...]:
    torch.manual_seed(0)
    return tuple(torch.randn(n_docs, num_topics, dtype=torch.float64) for _ in range(3))


@pytest.mark.parametrize("variance", [1.0, 9.5, 0.3])
def test_divergence_is_that_of_torch_distributions(variance: float) -> None:
    mean, log_variance, noise = posterior()
    _, divergence = sample_posterior(mean, log_variance, noise, variance)
    reference = kl_divergence(
        Normal(mean, torch.exp(0.5 * log_variance)), Normal(0.0, math.sqrt(variance))
    ).sum(dim=1)
    torch.testing.assert_close(divergence, reference)


def test_divergence_by_hand() -> None:
    # μ = 2, σ² = 1, s² = 4: ½ (4/4 + 1/4 − 1 − 0 + log 4) = ½ (0.25 + 1.386294) = 0.818147.
    one = torch.ones(1, 1, dtype=torch.float64)
    _, divergence = sample_posterior(2 * one, 0 * one, one, 4.0)
    assert float(divergence) == pytest.approx(0.818147, abs=1e-6)


def test_samples_are_the_reparametrised_noise() -> None:
    mean, log_variance, noise = posterior()
    z, _ = sample_posterior(mean, log_variance, noise, 2.0)
    torch.testing.assert_close(z, mean + log_variance.exp().sqrt() * noise)


def test_gradients_by_finite_differences() -> None:
    mean, log_variance, noise = posterior()
    mean.requires_grad_()
    log_variance.requires_grad_()
    assert torch.autograd.gradcheck(
        lambda m, v: sample_posterior(m, v, noise, 3.0), (mean, log_variance)
    )


def test_prior_variance_is_the_laplace_approximation() -> None:
    # Σ_kk = 1/α_k (1 − 2/K) + 1/K² Σ_i 1/α_i, here K = 4 and α = 0.5: 2 · ½ + 1/16 · 8 = 1.5.
    assert sparse_dirichlet_variance(4, 0.5) == pytest.approx(1.5)


def test_posterior_mean_is_the_same_on_every_call_and_independent_of_the_batch() -> None:
    inputs = random_inputs()
    model = small_model(inputs).eval()
    together = model.posterior_mean_topics(inputs.select(torch.arange(10)))
    torch.testing.assert_close(
        model.posterior_mean_topics(inputs.select(torch.tensor([4])))[0], together[4]
    )
