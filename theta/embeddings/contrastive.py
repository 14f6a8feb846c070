"""The two contrastive losses that an adapter is trained with, and the batches they need."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

SIMCSE_TEMPERATURE = 0.05
"""Gao et al. 2021, section 3."""

SUPERVISED_TEMPERATURE = 0.1
"""Khosla et al. 2020, section 4.4."""

_PROJECTED_DIM = 128
"""Khosla et al. 2020, section 3.1."""


def new_projection(dim: int) -> torch.nn.Module:
    """Return an untrained Proj(·): the losses of labels compare z = Proj(x), not the vector x.

    Khosla et al. 2020, section 3.1: a perceptron with one hidden layer, thrown away after the
    training. Drawing texts of one label together makes a vector forget what tells them apart; with
    Proj in between, z forgets it and x does not.

    Parameters
    ----------
    dim : int
        Of x.
    """
    import torch

    return torch.nn.Sequential(
        torch.nn.Linear(dim, dim), torch.nn.ReLU(), torch.nn.Linear(dim, _PROJECTED_DIM)
    )


def simcse_loss(
    first: torch.Tensor, second: torch.Tensor, temperature: float = SIMCSE_TEMPERATURE
) -> torch.Tensor:
    """Return the mean of −log( exp(z_i·z′_i / τ) / Σ_j exp(z_i·z′_j / τ) ).

    Gao, Yao & Chen 2021, equation 4: the two views of a text are the same text through two
    dropout masks; the other texts of the batch are its negatives.

    Parameters
    ----------
    first, second : (n_texts, dim)
        z and z′, unit length.
    temperature : float
        τ.
    """
    import torch

    similarity = first @ second.T / temperature
    partners = torch.arange(len(first), device=first.device)
    return torch.nn.functional.cross_entropy(similarity, partners)


def supervised_contrastive_loss(
    vectors: torch.Tensor, labels: torch.Tensor, temperature: float = SUPERVISED_TEMPERATURE
) -> torch.Tensor:
    """Return how far the texts of a label are from one another, against the rest of the batch.

    The mean over i of −1/|P(i)| Σ_{p ∈ P(i)} log( exp(z_i·z_p / τ) / Σ_{a ≠ i} exp(z_i·z_a / τ) ),
    Khosla et al. 2020, equation 2 (L_out): P(i) are the other texts of the batch with the label
    of i. A text without such a partner takes part as a negative only.

    Parameters
    ----------
    vectors : (n_texts, dim)
        z, unit length.
    labels : (n_texts,) int
    temperature : float
        τ.
    """
    import torch

    itself = torch.eye(len(vectors), dtype=torch.bool, device=vectors.device)
    similarity = (vectors @ vectors.T / temperature).masked_fill(itself, -torch.inf)
    log_chance = similarity - similarity.logsumexp(dim=1, keepdim=True)
    partners = (labels[:, None] == labels) & ~itself
    n_partners = partners.sum(dim=1)
    # −inf · 0 would be NaN on the diagonal.
    sums = log_chance.masked_fill(~partners, 0.0).sum(dim=1)
    has_partner = n_partners > 0
    return -(sums[has_partner] / n_partners[has_partner]).mean()


def shuffled_batches(
    n_texts: int, batch_size: int, rng: np.random.Generator
) -> list[NDArray[np.intp]]:
    """Return every text once, in batches; a last batch of one joins the one before it.

    Parameters
    ----------
    n_texts, batch_size : int
    rng : numpy.random.Generator
    """
    return _cut(rng.permutation(n_texts), batch_size, smallest=2)


def paired_batches(
    labels: NDArray[np.integer], batch_size: int, rng: np.random.Generator
) -> list[NDArray[np.intp]]:
    """Return batches in which every text has a partner of its label.

    The texts of a label are paired at random, the pairs shuffled; where their number is odd, the
    last one is paired with another of its label for a second time. So a text needs no second pass
    through the model to have a partner, whatever the number of labels.

    Parameters
    ----------
    labels : (n_texts,) int
        Each at least twice.
    batch_size : int
        Texts in a batch, at most.
    rng : numpy.random.Generator
    """
    pairs = []
    for label in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == label))
        if len(members) % 2:
            members = np.append(members, rng.choice(members[:-1]))
        pairs.append(members.reshape(-1, 2))
    shuffled = rng.permutation(np.concatenate(pairs))
    return [batch.ravel() for batch in _cut(shuffled, max(2, batch_size // 2), smallest=2)]


def _cut(rows: NDArray[np.intp], size: int, smallest: int) -> list[NDArray[np.intp]]:
    bounds = [*range(0, len(rows), size), len(rows)]
    if len(bounds) > 2 and bounds[-1] - bounds[-2] < smallest:
        del bounds[-2]
    return [rows[begin:end] for begin, end in pairwise(bounds)]
