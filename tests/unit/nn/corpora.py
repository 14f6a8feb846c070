"""Small corpora and models for the tests of theta.nn."""

from __future__ import annotations

import numpy as np
import torch
from scipy.sparse import csr_array, random_array

from theta.devices import seeded
from theta.nn.decoder import MixtureDecoder
from theta.nn.elbo import VAE
from theta.nn.encoder import EmbeddingEncoder
from theta.nn.inputs import Inputs
from theta.options.training import TrainingOptions


def random_counts(n_docs: int, n_words: int, seed: int = 0, density: float = 0.3) -> csr_array:
    rng = np.random.default_rng(seed)
    counts = random_array((n_docs, n_words), density=density, format="csr", rng=rng)
    counts.data = rng.integers(1, 5, len(counts.data)).astype(np.float32)
    return csr_array(counts)


def random_inputs(
    n_docs: int = 40, n_words: int = 30, dim: int = 8, n_lexical: int = 5, seed: int = 0
) -> Inputs:
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(n_docs, dim)).astype(np.float16)
    lexical = rng.normal(size=(n_docs, n_lexical)).astype(np.float16) if n_lexical else None
    return Inputs.from_arrays(random_counts(n_docs, n_words, seed), features, lexical=lexical)


def small_model(
    inputs: Inputs,
    num_topics: int = 3,
    *,
    hidden_dim: int = 16,
    num_layers: int = 2,
    dropout: float = 0.2,
    weight_decay: float = 0.01,
    seed: int = 0,
) -> VAE:
    assert inputs.features is not None
    with seeded(seed, "cpu"):
        n_words = inputs.counts.n_words
        encoder = EmbeddingEncoder(
            inputs.features.float().mean(dim=0),
            0 if inputs.lexical is None else inputs.lexical.shape[1],
            num_topics,
            hidden_dim,
            num_layers,
            dropout,
        )
        log_background = torch.log_softmax(torch.randn(n_words), dim=0)
        decoder = MixtureDecoder(log_background, torch.randn(num_topics, n_words), weight_decay)
        return VAE(encoder, decoder, prior_variance=5.0)


def schedule(**changes: object) -> TrainingOptions:
    values: dict[str, object] = {
        "epochs": 4,
        "batch_size": 8,
        "learning_rate": 0.01,
        "lr_schedule": "cosine",
        "kl_start": 0.0,
        "kl_end": 1.0,
        "kl_warmup": 2,
        "early_stopping": False,
    }
    return TrainingOptions(**(values | changes))  # type: ignore[arg-type]


def train_rows(inputs: Inputs, n_validation: int = 8) -> tuple[torch.Tensor, torch.Tensor]:
    rows = torch.arange(len(inputs))
    return rows[n_validation:], rows[:n_validation]
