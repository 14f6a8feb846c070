from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array

from theta.contracts import UNLABELLED
from theta.nn.adam import Adam
from theta.nn.decoder import MixtureDecoder
from theta.nn.elbo import VAE
from theta.nn.encoder import EmbeddingEncoder
from theta.nn.fit import fit, step
from theta.nn.guidance import LabelHead, SeedWordPrior
from theta.nn.inputs import Inputs
from theta.options.training import TrainingOptions

N_DOCS, N_WORDS, N_TOPICS, N_LABELS, DIM = 12, 9, 4, 3, 6


def random_inputs(labels: np.ndarray | None = None) -> Inputs:
    draw = np.random.default_rng(0)
    counts = csr_array(draw.poisson(1.0, (N_DOCS, N_WORDS)).astype(np.float32))
    features = draw.normal(size=(N_DOCS, DIM)).astype(np.float32)
    return Inputs.from_arrays(counts, features, labels).select(torch.arange(N_DOCS))


def make_model(head: LabelHead | None = None, prior: SeedWordPrior | None = None) -> VAE:
    torch.manual_seed(0)
    encoder = EmbeddingEncoder(torch.zeros(DIM), 0, N_TOPICS, 8, 1, 0.0)
    decoder = MixtureDecoder(
        torch.log_softmax(torch.randn(N_WORDS), dim=0), torch.randn(N_TOPICS, N_WORDS), 0.0
    )
    return VAE(encoder, decoder, 1.0, head, prior)


def make_head(strength: float = 2.0) -> LabelHead:
    generator = torch.Generator().manual_seed(1)
    weight = torch.randn(N_LABELS, N_TOPICS, generator=generator)
    return LabelHead(weight, torch.tensor([0.1, 0.2, -0.3]), strength)


def test_label_loss_by_hand() -> None:
    # θ is all on topic 1, so the scores are W's second column (1, 0) and the loss of label 0 is
    # log(1 + e⁻¹), whatever it weighs; the second document has no label and costs nothing.
    head = LabelHead(torch.tensor([[5.0, 1.0], [7.0, 0.0]]), torch.zeros(2), strength=3.0)
    doc_topic = torch.tensor([[0.0, 1.0], [0.0, 1.0]])
    losses = head(doc_topic, torch.tensor([0, UNLABELLED]))
    assert losses.tolist() == pytest.approx([np.log(1 + np.exp(-1)), 0.0])


def test_the_loss_of_labels_stands_beside_that_of_words() -> None:
    labels = np.array([0, 1, 2, UNLABELLED] * 3)
    inputs, noise = random_inputs(labels), torch.randn(N_DOCS, N_TOPICS)
    head = make_head()
    plain, guided = make_model(), make_model(head)
    # Batch normalisation of equal batches, no dropout: θ is the same in both.
    words = plain.train()(inputs, noise)
    both = guided.train()(inputs, noise)
    torch.testing.assert_close(both[:2], words[:2])
    assert words.label is None
    mean, log_variance = plain.encoder(inputs)
    doc_topic = torch.softmax(mean + torch.exp(0.5 * log_variance) * noise, dim=1)
    chances = torch.softmax(doc_topic @ head.weight.T + head.bias, dim=1)
    expected = torch.zeros(N_DOCS)
    for row, label in enumerate(labels):
        if label != UNLABELLED:
            expected[row] = -torch.log(chances[row, label])
    torch.testing.assert_close(both.label, expected)


def test_a_step_follows_the_labels_as_often_as_they_weigh() -> None:
    labels = np.array([0, 1, 2, UNLABELLED] * 3)
    inputs = random_inputs(labels)
    model, reference = make_model(make_head(2.0)).train(), make_model(make_head(2.0)).train()
    torch.manual_seed(3)
    step(model, Adam([{"params": list(model.parameters())}], 0.01), inputs, 0.7)
    torch.manual_seed(3)
    terms = reference(inputs, torch.randn(N_DOCS, N_TOPICS))
    (terms.reconstruction + 0.7 * terms.divergence + 2.0 * terms.label).mean().backward()
    for (name, one), other in zip(model.named_parameters(), reference.parameters(), strict=True):
        torch.testing.assert_close(one.grad, other.grad, rtol=1e-4, atol=1e-6, msg=name)


def test_the_history_tells_the_mean_loss_of_the_labels_there_are() -> None:
    labels = np.array([0, 1, 2, UNLABELLED] * 3)
    schedule = TrainingOptions(
        epochs=2, batch_size=5, learning_rate=0.01, kl_warmup=0, early_stopping=False
    )
    nobody = torch.empty(0, dtype=torch.int64)

    def losses(head: LabelHead | None) -> list[float | None]:
        model = make_model(head)
        fitted = fit(model, random_inputs(labels), torch.arange(N_DOCS), nobody, schedule, seed=0)
        return [entry.get("label_loss") for entry in fitted.history]

    # A head that knows nothing and learns nothing gives each of the three labels a third.
    idle = LabelHead(torch.zeros(N_LABELS, N_TOPICS), torch.zeros(N_LABELS), 0.0)
    assert losses(idle) == pytest.approx([np.log(3)] * 2)
    first, second = losses(make_head(50.0))
    assert second < first
    assert losses(None) == [None, None]


def test_evaluation_knows_no_labels_and_no_seed_words() -> None:
    # The validation ELBO then judges words alone, as it does in every other mode.
    prior = SeedWordPrior([[0]], 5.0, n_train=10)
    noise = torch.randn(N_DOCS, N_TOPICS)
    guided = make_model(make_head(), prior).eval()(random_inputs(np.zeros(N_DOCS)), noise)
    plain = make_model().eval()(random_inputs(), noise)
    torch.testing.assert_close(guided, plain)


def test_every_weight_learns_from_the_labels() -> None:
    model = make_model(make_head()).train()
    labels = np.arange(N_DOCS) % N_LABELS
    model(random_inputs(labels), torch.zeros(N_DOCS, N_TOPICS)).label.sum().backward()
    for name, parameter in model.named_parameters():
        if name.startswith(("encoder.body", "label_head")) or name == "encoder.heads.weight":
            assert parameter.grad is not None, name
            assert parameter.grad.abs().max() > 0, name


def test_labels_go_with_their_documents_into_batches() -> None:
    labels = np.array([2, UNLABELLED, 0, 1, 1, 0, 2, 2, UNLABELLED, 0, 1, 2])
    inputs = random_inputs(labels)
    rows = torch.tensor([7, 1, 1, 4, 11, 0, 3])
    batches = list(inputs.batches(rows, [0, 3, 7]))
    found = torch.cat([batch.labels for batch in batches])
    assert found.tolist() == labels[rows.numpy()].tolist()
    padded = inputs.select_padded(rows, rows, inputs.counts.most_entries(7))
    assert padded.labels.tolist() == found.tolist()


def test_seed_prior_by_hand() -> None:
    # One word in two topics: β is 1/2 each before B; with B = (log 3, 0) the first word of topic 0
    # has 3/4. Two pseudo-counts over ten documents: −(2/10) log(3/4).
    decoder = MixtureDecoder(
        torch.log(torch.tensor([0.5, 0.5])), torch.tensor([[np.log(3.0), 0.0], [0.0, 0.0]]), 0.0
    )
    prior = SeedWordPrior([[0]], 2.0, n_train=10)
    assert prior(decoder).item() == pytest.approx(-0.2 * np.log(0.75))


def test_pseudo_counts_are_counts() -> None:
    # Of a topic that explains words counted n times, the best β with c pseudo-counts on its seed
    # words is (n + c) / Σ (n + c), as for any Dirichlet prior.
    counts = torch.tensor([4.0, 3.0, 2.0, 1.0])
    decoder = MixtureDecoder(torch.log(torch.full((4,), 0.25)), torch.zeros(1, 4), 0.0)
    prior = SeedWordPrior([[3, 2]], 5.0, n_train=1)
    optimizer = torch.optim.LBFGS(decoder.parameters(), max_iter=200, tolerance_grad=1e-10)

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        log_beta = torch.log_softmax(decoder.deviations + decoder.log_background[:, None], dim=0)
        value = prior(decoder) - (counts * log_beta[:, 0]).sum()
        value.backward()
        return value

    optimizer.step(loss)
    expected = torch.tensor([4.0, 3.0, 7.0, 6.0]) / 20
    torch.testing.assert_close(decoder.log_topic_word().exp()[0], expected, atol=1e-4, rtol=0)


def test_free_topics_are_left_alone() -> None:
    model = make_model(prior=SeedWordPrior([[0, 1], [2]], 5.0, n_train=10))
    model.seed_prior(model.decoder).backward()
    grad = model.decoder.deviations.grad
    assert grad[:, :2].abs().max() > 0
    assert grad[:, 2:].abs().max() == 0
