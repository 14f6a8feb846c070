"""Topic proportions of documents from a trained model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from theta.nn.elbo import VAE, Decoder
from theta.nn.encoder import EmbeddingEncoder, InferenceEncoder
from theta.nn.inputs import Inputs

if TYPE_CHECKING:
    from numpy.typing import NDArray

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
