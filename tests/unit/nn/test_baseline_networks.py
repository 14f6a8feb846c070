"""The networks of the baselines: densities by torch.distributions, gradients, transport plans."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array
from torch import nn
from torch.distributions import Normal, kl_divergence

from theta.nn.document_encoder import DocumentEncoder
from theta.nn.dynamic import UNDATED, DynamicDecoder, DynamicVAE, GaussianRandomWalk
from theta.nn.elbo import VAE
from theta.nn.embedded_decoder import EmbeddedDecoder, GaussianSoftmaxVAE, TransformedDecoder
from theta.nn.expert_decoder import ExpertsDecoder, GaussianVAE
from theta.nn.inputs import Inputs
from theta.nn.transport import TransportTopics, squared_distances, transport_plan

N_DOCS, N_WORDS, K, DIM = 7, 11, 3, 5


def documents(features: int | None = None) -> tuple[Inputs, torch.Tensor]:
    rng = np.random.default_rng(0)
    counts = rng.poisson(0.8, (N_DOCS, N_WORDS))
    counts[4] = 0  # a document without words
    vectors = None if features is None else rng.normal(size=(N_DOCS, features)).astype(np.float32)
    batch = Inputs.from_arrays(csr_array(counts), vectors).select(torch.arange(N_DOCS))
    return batch, torch.from_numpy(counts).float()


def encoder(n_words: int, n_features: int, **changes) -> DocumentEncoder:
    torch.manual_seed(0)
    given = {"num_topics": K, "hidden_dim": 8, "num_layers": 2, "dropout": 0.5}
    given |= {"activation": nn.Softplus(), **changes}
    return DocumentEncoder(n_words=n_words, n_features=n_features, **given)


@pytest.mark.parametrize("shares", [False, True])
@pytest.mark.parametrize(("n_words", "n_features"), [(N_WORDS, 0), (0, DIM), (N_WORDS, DIM)])
def test_the_encoder_is_a_perceptron_on_what_it_reads(n_words, n_features, shares):
    batch, counts = documents(DIM)
    net = encoder(n_words, n_features, shares=shares).eval()
    if shares:
        counts = counts / counts.sum(dim=1, keepdim=True).clamp(min=1)
    hidden = net.bias
    if n_words:
        hidden = hidden + counts @ net.word_weights
    if n_features:
        hidden = hidden + batch.features @ net.feature_weights
    hidden = nn.functional.softplus(hidden)
    hidden = nn.functional.softplus(net.body.linear1(hidden))
    mean, log_variance = net(batch)
    torch.testing.assert_close(mean, net.mean(hidden))
    torch.testing.assert_close(log_variance, net.log_variance(hidden))


def test_normalized_heads_are_standardised_with_an_epsilon_of_a_thousandth():
    batch, _ = documents()
    net = encoder(N_WORDS, 0, normalized_heads=True, dropout=0.0).train()
    mean, _ = net(batch)
    raw = net.mean[0](net.body(net.bias + batch.counts.dense() @ net.word_weights))
    spread = (raw.var(dim=0, unbiased=False) + 1e-3).sqrt()
    torch.testing.assert_close(mean, (raw - raw.mean(dim=0)) / spread, rtol=1e-4, atol=1e-5)
    assert not net.mean[1].weight.requires_grad


@pytest.mark.parametrize("normalized", [False, True])
def test_experts_give_the_multinomial_likelihood(normalized):
    batch, counts = documents()
    decoder = ExpertsDecoder(K, N_WORDS, normalized=normalized, dropout=0.3).eval()
    doc_topic = torch.softmax(torch.randn(N_DOCS, K), dim=1)
    scores = decoder.norm(doc_topic @ decoder.experts)
    categorical = torch.distributions.Categorical(logits=scores)
    expected = sum(counts[:, v] * categorical.log_prob(torch.tensor(v)) for v in range(N_WORDS))
    torch.testing.assert_close(decoder(doc_topic, batch.counts), expected)
    torch.testing.assert_close(decoder.log_topic_word().exp().sum(dim=1), torch.ones(K))


def test_embedded_topics_are_softmaxes_of_inner_products():
    batch, counts = documents()
    rho = torch.randn(N_WORDS, DIM)
    decoder = EmbeddedDecoder(rho, K, fixed=True)
    beta = torch.softmax(decoder.topic_vectors @ rho.t(), dim=1)
    doc_topic = torch.softmax(torch.randn(N_DOCS, K), dim=1)
    expected = (counts * torch.log(doc_topic @ beta)).sum(dim=1)
    torch.testing.assert_close(decoder(doc_topic, batch.counts), expected)
    torch.testing.assert_close(decoder.log_topic_word(), beta.log())
    decoder(doc_topic, batch.counts).sum().backward()
    assert decoder.word_vectors.grad is None
    assert decoder.topic_vectors.grad.abs().sum() > 0


def test_gaussian_models_differ_in_what_they_make_of_z():
    batch, _ = documents()
    net = encoder(N_WORDS, 0)
    z = torch.randn(N_DOCS, K)
    experts = ExpertsDecoder(K, N_WORDS, normalized=False, dropout=0.0)
    nvdm = GaussianVAE(net, experts, 1.0).eval()
    torch.testing.assert_close(nvdm.topics(z), z)
    torch.testing.assert_close(nvdm.posterior_mean_topics(batch).sum(dim=1), torch.ones(N_DOCS))
    gsm = GaussianSoftmaxVAE(net, TransformedDecoder(torch.randn(N_WORDS, DIM), K), 1.0)
    torch.testing.assert_close(gsm.topics(z), torch.softmax(z, dim=1))  # W starts as I
    gsm.decoder.transform.weight.data.mul_(2)
    torch.testing.assert_close(gsm.topics(z), torch.softmax(2 * z, dim=1))


@pytest.mark.parametrize("kind", ["prodlda", "nvdm", "gsm", "etm"])
def test_every_parameter_that_should_train_has_a_gradient(kind):
    batch, _ = documents()
    net = encoder(N_WORDS, 0, dropout=0.0, normalized_heads=kind == "prodlda")
    decoder = {
        "prodlda": lambda: ExpertsDecoder(K, N_WORDS, normalized=True, dropout=0.0),
        "nvdm": lambda: ExpertsDecoder(K, N_WORDS, normalized=False, dropout=0.0),
        "gsm": lambda: TransformedDecoder(torch.randn(N_WORDS, DIM), K),
        "etm": lambda: EmbeddedDecoder(torch.randn(N_WORDS, DIM), K, fixed=True),
    }[kind]()
    family = {"nvdm": GaussianVAE, "gsm": GaussianSoftmaxVAE}.get(kind, VAE)
    model = family(net, decoder, 1.0).train()
    reconstruction, divergence, _ = model(batch, torch.randn(N_DOCS, K))
    (reconstruction + divergence).mean().backward()
    for name, parameter in model.named_parameters():
        if parameter.requires_grad and not name.endswith("0.bias"):  # a norm takes it off again
            assert parameter.grad is not None, name
            assert parameter.grad.abs().sum() > 0, name


def test_the_divergence_of_a_walk_is_the_one_sampled():
    torch.manual_seed(0)
    walk = GaussianRandomWalk(torch.randn(4, 2) * 0.1)
    walk.log_variance.data = torch.randn(4, 2) * 0.3 - 3
    deviation = (0.5 * walk.log_variance).exp()
    posterior = Normal(walk.mean, deviation)
    x = posterior.sample((200_000,))
    prior = Normal(0.0, 1.0).log_prob(x[:, 0]).sum(dim=-1)
    prior = prior + Normal(0.0, 0.005**0.5).log_prob(x.diff(dim=1)).sum(dim=(1, 2))
    sampled = posterior.log_prob(x).sum(dim=(1, 2)) - prior
    error = sampled.std() / len(x) ** 0.5
    assert abs(float((walk.divergence() - sampled.mean()).detach())) < 4 * float(error.detach())


def dynamic_model(features: list[float]) -> tuple[DynamicVAE, Inputs]:
    batch, _ = documents(1)
    inputs = Inputs(batch.counts, torch.tensor(features)[:, None])
    net = encoder(N_WORDS, K, dropout=0.0)
    model = DynamicVAE(net, DynamicDecoder(torch.randn(N_WORDS, DIM), K, 4), 4, n_train=100)
    model.prevalence.mean.data = torch.randn(4, K)
    model.decoder.topic_vectors.mean.data = torch.randn(4, K, DIM)
    return model.eval(), inputs


def test_a_dynamic_document_is_judged_by_its_slice():
    slices = [0, 1, 2, 3, 0, 1, 2]
    model, inputs = dynamic_model([float(t) for t in slices])
    noise = torch.randn(N_DOCS, K)
    reconstruction, divergence, _ = model(inputs, noise)
    eta = model.prevalence.mean[slices]
    mean, log_variance = model.encoder(Inputs(inputs.counts, eta))
    deviation = (0.5 * log_variance).exp()
    walks = model.prevalence.divergence() + model.decoder.topic_vectors.divergence()
    kl = kl_divergence(Normal(mean, deviation), Normal(eta, 1.0)).sum(dim=1)
    torch.testing.assert_close(divergence, kl + walks / 100)
    theta = torch.softmax(mean + deviation * noise, dim=1)
    beta = model.decoder.topic_word()[slices]
    chances = torch.einsum("dk,dkv->dv", theta, beta)
    expected = -(inputs.counts.dense() * chances.log()).sum(dim=1)
    torch.testing.assert_close(reconstruction, expected)


def test_an_undated_document_has_the_mean_prevalence():
    model, inputs = dynamic_model([UNDATED] * N_DOCS)
    eta = model.prevalence.mean.mean(dim=0).expand(N_DOCS, -1)
    expected = torch.softmax(model.encoder(Inputs(inputs.counts, eta))[0], dim=1)
    torch.testing.assert_close(model.posterior_mean_topics(inputs), expected)


def test_a_plan_keeps_its_masses():
    torch.manual_seed(0)
    cost, logits = torch.rand(20, 6) * 2, torch.randn(6)
    plan = transport_plan(cost, logits, alpha=3.0)
    torch.testing.assert_close(plan.sum(dim=1), torch.full((20,), 1 / 20))
    torch.testing.assert_close(plan.sum(dim=0), torch.softmax(logits, dim=0), atol=1e-3, rtol=0)


def test_a_plan_is_optimal():
    """No exchange of mass between two rows and two columns lowers the regularised cost."""
    torch.manual_seed(0)
    cost, logits = torch.rand(5, 4).double(), torch.randn(4).double()
    plan = transport_plan(cost, logits, alpha=2.0, unrolled=200)

    def value(p):
        return (p * cost).sum() + (p * p.log()).sum() / 2.0

    best = value(plan)
    for i, j, k, m in [(0, 1, 0, 1), (2, 4, 1, 3), (3, 0, 2, 0)]:
        for amount in (1e-3, -1e-3):
            moved = plan.clone()
            moved[i, k] += amount
            moved[j, m] += amount
            moved[i, m] -= amount
            moved[j, k] -= amount
            assert value(moved) > best


def test_the_last_steps_hold_the_gradient():
    torch.manual_seed(0)
    weights = torch.randn(30, 6)
    gradients = []
    for unrolled in (10, 300):
        torch.manual_seed(1)
        cost = (torch.rand(30, 6) * 2).requires_grad_()
        (transport_plan(cost, torch.zeros(6), 3.0, unrolled) * weights).sum().backward()
        gradients.append(cost.grad)
    torch.testing.assert_close(gradients[0], gradients[1], rtol=1e-3, atol=1e-6)


def test_transport_topics_are_distributions_and_learn():
    batch, _ = documents(DIM)
    model = TransportTopics(K, N_WORDS, DIM, doc_topic_alpha=3.0, topic_word_alpha=2.0)
    expected = ((batch.features[:, None] - model.topic_embeddings) ** 2).sum(dim=2)
    found = squared_distances(batch.features, model.topic_embeddings)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(model.topic_word().sum(dim=1), torch.ones(K))
    loss = model(batch)
    loss.backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad.abs().sum() > 0, name
