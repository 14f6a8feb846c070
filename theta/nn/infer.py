"""Topic proportions of documents from a trained model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from theta.nn.elbo import VAE, Decoder
from theta.nn.encoder import EmbeddingEncoder, InferenceEncoder
from theta.nn.inputs import Inputs

_BLOCK = 256
"""Documents per matrix product. The order of additions may depend on the shape, so the shape is
fixed: the result for a document has the same bits whatever the other documents."""


@torch.no_grad()
def posterior_topics(model: VAE, inputs: Inputs) -> NDArray[np.float32]:
    """Return θ = softmax(μ) of documents: no dropout, no sampling, rows independent.

    Parameters
    ----------
    model : VAE
        On the device of `inputs`; it is put into evaluation mode.
    inputs : Inputs

    Returns
    -------
    (n_docs, num_topics) float32
    """
    model.eval()
    topics_of = _inference_function(model)
    n_docs = len(inputs)
    doc_topic = np.empty((n_docs, model.num_topics), dtype=np.float32)
    if n_docs == 0:
        return doc_topic
    # The last block is padded with copies of the last document.
    bounds = [*range(0, n_docs, _BLOCK), -(-n_docs // _BLOCK) * _BLOCK]
    rows = torch.arange(bounds[-1], device=inputs.device).clamp_(max=n_docs - 1)
    for begin, block in zip(bounds, inputs.batches(rows, bounds), strict=False):
        kept = min(_BLOCK, n_docs - begin)
        doc_topic[begin : begin + kept] = topics_of(block)[:kept].cpu().numpy()
    return doc_topic


@torch.no_grad()
def posterior_parameters(
    model: VAE, inputs: Inputs
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return μ and σ of the posterior N(μ, diag σ²) of z of documents.

    Parameters
    ----------
    model : VAE
        On the device of `inputs`; it is put into evaluation mode.
    inputs : Inputs

    Returns
    -------
    mean, deviation : (n_docs, dim of z) float32
    """
    model.eval()
    n_docs = len(inputs)
    bounds = [*range(0, n_docs, _BLOCK), n_docs]
    rows = torch.arange(n_docs, device=inputs.device)
    found = [model.posterior(block) for block in inputs.batches(rows, bounds)]
    if not found:
        empty = np.empty((0, model.num_topics), dtype=np.float32)
        return empty, empty
    mean = torch.cat([mean for mean, _ in found])
    deviation = torch.cat([(0.5 * log_variance).exp() for _, log_variance in found])
    return mean.cpu().numpy(), deviation.cpu().numpy()


@torch.no_grad()
def topics_of(model: VAE, z: NDArray[np.float32], block: int = 4096) -> NDArray[np.float32]:
    """Return θ of z: (n_docs, num_topics) float32."""
    device = next(model.parameters()).device
    parts = [
        model.reported_topics(torch.from_numpy(z[begin : begin + block]).to(device)).cpu().numpy()
        for begin in range(0, len(z), block)
    ]
    return np.concatenate(parts) if parts else np.empty((0, model.num_topics), dtype=np.float32)


def _inference_function(model: VAE) -> Callable[[Inputs], Tensor]:
    """Return a function from a block of documents to θ."""
    if type(model) is not VAE or not isinstance(model.encoder, EmbeddingEncoder):
        return model.posterior_mean_topics
    encoder = InferenceEncoder(model.encoder)
    return lambda inputs: model.topics(encoder.mean(inputs))


def log_topics(model: VAE) -> NDArray[np.float32]:
    """Return log β: (num_topics, n_words) float32."""
    decoder: Decoder = model.decoder  # type: ignore[assignment]
    return decoder.log_topic_word().cpu().numpy()


def state_arrays(model: VAE) -> dict[str, NDArray[Any]]:
    """Return the weights of a model by flat names, ready for a file."""
    return {name: tensor.cpu().numpy().copy() for name, tensor in model.state_dict().items()}


def load_state_arrays(model: VAE, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Restore the weights that `state_arrays` returned; RuntimeError if names or shapes differ."""
    model.load_state_dict({name: torch.from_numpy(a.copy()) for name, a in arrays.items()})
