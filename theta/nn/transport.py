"""Topics by optimal transport between documents, topics and words.

Wu, Nguyen, Zhang, Wang & Luu (2024), FASTopic, https://arxiv.org/abs/2405.17978.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from tqdm import tqdm

from theta.devices import repeatable, seeded
from theta.errors import NotConverged
from theta.nn.inputs import Inputs

_TINY = 1e-12
_TOLERANCE = 0.005
_CHECK_EVERY = 10
_MOST_STEPS = 5000
"""Sinkhorn's iteration ends when the marginals deviate by 0.005 in total, as the authors' does."""

_UNROLLED = 10
"""Differentiable steps after convergence. Contributions to the gradient shrink with each step, so a
few steps cover nearly all of it."""


class TransportTopics(nn.Module):
    """Topic and word embeddings, linked to fixed document embeddings by two transport plans.

    Documents (equal masses) are transported to topics (learned masses), and topics (equal) to words
    (learned), at the cost of the squared Euclidean distance; θ and β are the normalised rows of the
    plans (equations 3 to 6).

    Parameters
    ----------
    num_topics, n_words, dim : int
    doc_topic_alpha, topic_word_alpha : float
        Inverse strength of the entropic regularisation of each plan: larger gives sharper plans.
    """

    def __init__(
        self,
        num_topics: int,
        n_words: int,
        dim: int,
        *,
        doc_topic_alpha: float,
        topic_word_alpha: float,
    ) -> None:
        super().__init__()
        self.doc_topic_alpha, self.topic_word_alpha = doc_topic_alpha, topic_word_alpha
        self.topic_embeddings = nn.Parameter(_random_directions(num_topics, dim))
        self.word_embeddings = nn.Parameter(_random_directions(n_words, dim))
        self.topic_logits = nn.Parameter(torch.zeros(num_topics))
        self.word_logits = nn.Parameter(torch.zeros(n_words))

    def forward(self, inputs: Inputs) -> Tensor:
        """Return the loss of documents: reconstruction plus both transport costs (equation 10)."""
        assert inputs.features is not None
        documents = inputs.features.to(self.topic_embeddings.dtype)
        doc_cost = squared_distances(documents, self.topic_embeddings)
        doc_plan = transport_plan(doc_cost, self.topic_logits, self.doc_topic_alpha)
        word_cost = squared_distances(self.topic_embeddings, self.word_embeddings)
        word_plan = transport_plan(word_cost, self.word_logits, self.topic_word_alpha)
        doc_topic, word_topic = doc_plan * len(documents), word_plan.t() * len(word_plan)
        counts = inputs.counts
        products = doc_topic.index_select(0, counts.documents) * word_topic.index_select(
            0, counts.words
        )
        reconstruction = -(torch.log(products.sum(dim=1) + _TINY) * counts.values).sum()
        costs = (doc_plan * doc_cost).sum() + (word_plan * word_cost).sum()
        return reconstruction / len(documents) + costs

    @torch.no_grad()
    def topic_word(self) -> Tensor:
        """Return β: (num_topics, n_words)."""
        cost = squared_distances(self.topic_embeddings, self.word_embeddings)
        plan = transport_plan(cost, self.word_logits, self.topic_word_alpha)
        return plan / plan.sum(dim=1, keepdim=True)


def squared_distances(rows: Tensor, columns: Tensor) -> Tensor:
    """Return ‖x_i − y_j‖²: (n_rows, n_columns)."""
    lengths = rows.square().sum(dim=1, keepdim=True) + columns.square().sum(dim=1)
    return lengths - 2 * rows @ columns.t()


def transport_plan(cost: Tensor, logits: Tensor, alpha: float, unrolled: int = _UNROLLED) -> Tensor:
    """Return the plan P that minimises ⟨P, C⟩ − entropy(P) / α.

    Sinkhorn's iteration in the log domain (Cuturi 2013, https://arxiv.org/abs/1306.0895; Peyré &
    Cuturi 2019, section 4.4).

    Parameters
    ----------
    cost : (n, m)
        C.
    logits : (m,)
        The column masses are their softmax; the row masses are equal.
    alpha : float
    unrolled : int
        Further, differentiable steps.

    Returns
    -------
    (n, m)
        Rows sum to 1/n within the tolerance of the iteration, columns to their masses.
    """
    kernel = -alpha * cost
    column_mass = torch.log_softmax(logits, dim=0)
    row_mass = -math.log(len(cost))

    def rows_for(v: Tensor) -> Tensor:
        return row_mass - torch.logsumexp(kernel + v, dim=1, keepdim=True)

    def step(v: Tensor) -> Tensor:
        return column_mass - torch.logsumexp(kernel + rows_for(v), dim=0)

    with torch.no_grad():
        v = torch.zeros_like(column_mass)
        for number in range(_MOST_STEPS):
            v = step(v)
            if number % _CHECK_EVERY == 0:
                columns = torch.exp(kernel + rows_for(v) + v).sum(dim=0)
                if (columns - column_mass.exp()).abs().sum() <= _TOLERANCE:
                    break
    for _ in range(unrolled):
        v = step(v)
    return torch.exp(kernel + rows_for(v) + v)


def fit_transport(
    model: TransportTopics,
    inputs: Inputs,
    rows: Tensor,
    *,
    epochs: int,
    learning_rate: float,
    batch_size: int,
    seed: int,
    after_epoch: Callable[[int], None],
    progress: bool,
) -> list[dict[str, Any]]:
    """Train with Adam and return the loss of each epoch.

    Raises
    ------
    NotConverged
        If the loss is NaN or infinite.
    """
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    history: list[dict[str, Any]] = []
    bar = tqdm(desc="Training", total=epochs, unit="epoch", disable=None if progress else True)
    device = str(inputs.device)
    with repeatable(device), seeded(seed, device, purpose=2), bar:
        for epoch in range(1, epochs + 1):
            began = time.perf_counter()
            order = torch.randperm(len(rows))
            losses = []
            for chosen in order.chunk(max(1, -(-len(rows) // batch_size))):
                loss = model(inputs.select(rows[chosen]))
                optimizer.zero_grad(set_to_none=True)
                loss.backward()
                optimizer.step()
                losses.append(float(loss.detach()))
            mean = sum(losses) / len(losses)
            if not math.isfinite(mean):
                last = history[-1]["loss"] if history else None
                raise NotConverged(
                    f"the loss is {mean} in epoch {epoch} (last finite: {last}); "
                    "try a smaller --learning_rate"
                )
            seconds = round(time.perf_counter() - began, 4)
            history.append({"epoch": epoch, "loss": mean, "seconds": seconds})
            bar.update()
            after_epoch(epoch)
    return history


def _random_directions(n: int, dim: int) -> Tensor:
    return nn.functional.normalize(nn.init.trunc_normal_(torch.empty(n, dim)), dim=1)
