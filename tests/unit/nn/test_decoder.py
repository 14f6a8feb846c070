from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array

from theta.nn.decoder import MixtureDecoder
from theta.nn.inputs import Counts, Inputs

from .corpora import random_counts


def batch_of(matrix: csr_array) -> Counts:
    return Inputs.from_arrays(matrix).select(torch.arange(matrix.shape[0])).counts


def decoder_and_topics(
    matrix: csr_array, num_topics: int, dtype: torch.dtype = torch.float64
) -> tuple[MixtureDecoder, torch.Tensor, Counts]:
    torch.manual_seed(1)
    n_docs, n_words = matrix.shape
    log_background = torch.log_softmax(torch.randn(n_words, dtype=dtype), dim=0)
    decoder = MixtureDecoder(log_background, torch.randn(num_topics, n_words, dtype=dtype), 0.0)
    doc_topic = torch.softmax(torch.randn(n_docs, num_topics, dtype=dtype), dim=1)
    counts = batch_of(matrix)
    values = Counts(
        counts.starts, counts.words, counts.values.to(dtype), counts.documents, counts.n_words
    )
    return decoder, doc_topic.requires_grad_(), values


def test_likelihood_by_hand() -> None:
    # Two words with background ½ each, one topic without deviation, one that makes the first word
    # three times as likely: β = [[½, ½], [¾, ¼]]. θ = [½, ½]: p = [0.625, 0.375].
    # Counts 2 and 1: 2 log 0.625 + log 0.375 = −0.940007 − 0.980829 = −1.920837.
    log_background = torch.log(torch.tensor([0.5, 0.5]))
    deviations = torch.tensor([[0.0, 0.0], [math.log(3.0), 0.0]])
    decoder = MixtureDecoder(log_background, deviations, 0.0)
    counts = batch_of(csr_array(np.array([[2.0, 1.0]], dtype=np.float32)))
    likelihood = decoder(torch.tensor([[0.5, 0.5]]), counts)
    assert likelihood.item() == pytest.approx(-1.920837, abs=1e-5)
    torch.testing.assert_close(
        decoder.log_topic_word().exp(), torch.tensor([[0.5, 0.5], [0.75, 0.25]])
    )


def test_gathered_likelihood_and_gradients_equal_the_dense_ones() -> None:
    decoder, doc_topic, counts = decoder_and_topics(random_counts(12, 40), 5)
    weights = torch.randn(12, dtype=torch.float64)
    found = []
    for compute in (decoder, decoder.dense_log_likelihood):
        decoder.zero_grad()
        doc_topic.grad = None
        likelihood = compute(doc_topic, counts)
        (likelihood * weights).sum().backward()
        found.append((likelihood.detach(), doc_topic.grad, decoder.deviations.grad))
    for gathered, dense in zip(*found, strict=True):
        torch.testing.assert_close(gathered, dense)


def test_gradients_by_finite_differences() -> None:
    decoder, doc_topic, counts = decoder_and_topics(random_counts(4, 6), 3)

    def likelihood(topics: torch.Tensor, deviations: torch.Tensor) -> torch.Tensor:
        return torch.func.functional_call(decoder, {"deviations": deviations}, (topics, counts))

    deviations = decoder.deviations.detach().clone().requires_grad_()
    assert torch.autograd.gradcheck(likelihood, (doc_topic, deviations))


def test_documents_without_words_have_likelihood_one() -> None:
    matrix = csr_array(np.array([[0, 0, 0], [1, 0, 2]], dtype=np.float32))
    decoder, doc_topic, counts = decoder_and_topics(matrix, 2)
    likelihood = decoder(doc_topic, counts)
    assert likelihood[0].item() == 0.0
    likelihood.sum().backward()
    assert torch.equal(doc_topic.grad[0], torch.zeros(2, dtype=torch.float64))


def test_topics_are_distributions() -> None:
    decoder, _, _ = decoder_and_topics(random_counts(3, 50), 4)
    torch.testing.assert_close(
        decoder.log_topic_word().exp().sum(dim=1), torch.ones(4, dtype=torch.float64)
    )
