from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from theta.devices import seeded
from theta.errors import InvalidOption, NotConverged
from theta.nn import fit as module
from theta.nn.elbo import VAE
from theta.nn.fit import fit, step
from theta.nn.infer import load_state_arrays, posterior_topics, state_arrays
from theta.nn.inputs import Inputs
from theta.nn.progress import Fit, Progress
from theta.options.training import TrainingOptions

from .corpora import random_inputs, schedule, small_model, train_rows


def run(inputs: Inputs, plan: TrainingOptions, seed: int = 0, **options: Any) -> tuple[VAE, Fit]:
    model = small_model(inputs)
    return model, fit(model, inputs, *train_rows(inputs), plan, seed=seed, **options)


def weights(model: VAE) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


def assert_same_bits(one: dict[str, Tensor], other: dict[str, Tensor]) -> None:
    assert one.keys() == other.keys()
    for name in one:
        assert torch.equal(one[name], other[name]), name


def without_seconds(history: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{k: v for k, v in entry.items() if k != "seconds"} for entry in history]


def with_elbos(monkeypatch: pytest.MonkeyPatch, elbos: list[float]) -> None:
    """Let the validation score the epochs as listed."""
    values = iter(elbos)
    monkeypatch.setattr(module, "_validation_elbo", lambda *_: next(values))


# --- the objective -------------------------------------------------------------------------


def test_every_parameter_has_a_gradient_after_one_step() -> None:
    inputs = random_inputs()
    model = small_model(inputs)
    step(model, module._optimizer(model, 0.01), inputs.select(torch.arange(10)), 1.0)
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        if "linear" in name and name.endswith("bias"):
            continue  # The batch normalisation behind it takes any shift off.
        assert float(parameter.grad.abs().max()) > 0, name


def test_a_step_follows_the_gradient_of_the_loss_of_the_paper() -> None:
    """One step by hand with torch's own operations, all terms and the penalty written out."""
    inputs = random_inputs()
    batch = inputs.select(torch.arange(12))
    model = small_model(inputs, dropout=0.0, weight_decay=0.3)
    reference = small_model(inputs, dropout=0.0, weight_decay=0.3)
    assert batch.features is not None
    torch.manual_seed(3)
    step(model, module._optimizer(model, 0.01), batch, 0.7)

    optimizer = torch.optim.Adam(reference.parameters(), lr=0.01)
    torch.manual_seed(3)
    noise = torch.randn(12, 3)
    mean, log_variance = reference.encoder(batch)
    posterior = torch.distributions.Normal(mean, torch.exp(0.5 * log_variance))
    doc_topic = torch.softmax(mean + posterior.stddev * noise, dim=1)
    decoder = reference.decoder
    topic_word = torch.softmax(decoder.log_background[:, None] + decoder.deviations, dim=0)
    likelihood = batch.counts.dense() * torch.log(doc_topic @ topic_word.t() + 1e-10)
    prior = torch.distributions.Normal(0.0, math.sqrt(5.0))
    divergence = torch.distributions.kl_divergence(posterior, prior)
    loss = (-likelihood.sum() + 0.7 * divergence.sum()) / 12
    loss = loss + 0.15 * decoder.deviations.square().sum()
    loss.backward()
    optimizer.step()
    for (name, one), other in zip(model.named_parameters(), reference.parameters(), strict=True):
        if "linear" in name and name.endswith("bias"):
            continue  # Its gradient is rounding error, which Adam scales to a full step.
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5, msg=name)


def test_history_records_what_was_trained() -> None:
    _, fitted = run(random_inputs(), schedule(epochs=5, kl_warmup=2))
    assert [entry["epoch"] for entry in fitted.history] == [1, 2, 3, 4, 5]
    assert [entry["kl_weight"] for entry in fitted.history] == [0.0, 0.5, 1.0, 1.0, 1.0]
    assert set(fitted.history[0]) == {
        "epoch",
        "reconstruction",
        "kl",
        "kl_weight",
        "validation_elbo",
        "learning_rate",
        "seconds",
    }


def test_training_learns() -> None:
    _, fitted = run(random_inputs(), schedule(epochs=30, kl_warmup=0))
    losses = [entry["reconstruction"] + entry["kl"] for entry in fitted.history]
    assert losses[1] != losses[0]
    assert losses[-1] < losses[0]
    assert fitted.history[-1]["validation_elbo"] != fitted.history[0]["validation_elbo"]


def test_the_learning_rate_falls_along_a_cosine() -> None:
    plan = schedule(learning_rate=0.1)
    # ½ (1 + cos 0) + 0.01, ½ (1 + cos π/2) + 0.01, ½ (1 + cos π) + 0.01.
    assert [plan.rate(t, 10) for t in (0, 5, 10)] == pytest.approx([0.101, 0.051, 0.001])
    _, fitted = run(random_inputs(), schedule(epochs=3, batch_size=16, learning_rate=0.1))
    # 32 documents in batches of 16: the last of 2 · 3 steps is step 5.
    assert fitted.history[-1]["learning_rate"] == pytest.approx(plan.rate(5, 6))


def test_a_constant_learning_rate_stays_as_it_is() -> None:
    plan = schedule(epochs=3, batch_size=16, learning_rate=0.1, lr_schedule="constant")
    _, fitted = run(random_inputs(), plan)
    assert [entry["learning_rate"] for entry in fitted.history] == [0.1, 0.1, 0.1]


# --- the schedule --------------------------------------------------------------------------


def test_kl_weight_rises_linearly_and_stays() -> None:
    plan = schedule(kl_start=0.2, kl_end=1.0, kl_warmup=4)
    weights = [plan.kl_weight(epoch) for epoch in range(6)]
    assert weights == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0, 1.0])


def test_zero_is_a_value_of_the_kl_schedule() -> None:
    assert schedule(kl_start=0.3, kl_end=0.7, kl_warmup=0).kl_weight(0) == 0.7
    assert schedule(kl_start=0.5, kl_end=0.0, kl_warmup=5).kl_weight(7) == 0.0
    assert schedule(kl_start=0.0, kl_end=1.0, kl_warmup=5).kl_weight(0) == 0.0


@pytest.mark.parametrize(
    ("elbos", "warmup", "patience", "epochs_run", "best"),
    [
        # Worse from the start, but the first four epochs are the warm-up: epochs 5 and 6 are
        # the two that patience allows, epoch 7 is the one too many.
        ([9, 8, 7, 6, 5, 4, 3, 2, 1, 0], 4, 2, 7, 1),
        # Patience 0 allows none: the first epoch after the warm-up that is not better.
        ([1, 2, 3, 2, 9, 9, 9, 9, 9, 9], 2, 0, 4, 3),
        # Without warm-up and patience.
        ([5, 4, 9, 9, 9, 9, 9, 9, 9, 9], 0, 0, 2, 1),
        # A better epoch starts the count anew.
        ([1, 0, 0, 2, 1, 1, 1, 9, 9, 9], 0, 2, 7, 4),
        # Never stopped.
        ([9, 1, 1, 1, 1, 1, 1, 1, 1, 1], 0, None, 10, 1),
        # A warm-up longer than the training.
        ([9, 1, 1, 1, 1, 1, 1, 1, 1, 1], 50, 0, 10, 1),
    ],
)
def test_early_stopping(
    monkeypatch: pytest.MonkeyPatch,
    elbos: list[float],
    warmup: int,
    patience: int | None,
    epochs_run: int,
    best: int,
) -> None:
    with_elbos(monkeypatch, elbos)
    stops = {} if patience is None else {"patience": patience, "early_stopping": True}
    plan = schedule(epochs=10, kl_warmup=warmup, **stops)
    _, fitted = run(random_inputs(), plan)
    assert len(fitted.history) == epochs_run
    assert fitted.best_epoch == best
    assert fitted.stopped_early == (epochs_run < 10)


@pytest.mark.parametrize(
    ("elbos", "patience", "min_gain", "epochs_run"),
    [
        # Epochs 4 and 5 raise the best by 2 of 102, less than a twentieth.
        ([0, 50, 100, 101, 102, 200, 300, 400, 500, 600], 2, 0.05, 5),
        # By more than a hundredth, until epochs 8 and 9.
        ([0, 50, 100, 102, 104, 106, 108, 109, 109, 300], 2, 0.01, 9),
        # Two epochs after one are too few to judge.
        ([0, 0, 0, 50, 100, 150, 200, 250, 300, 350], 2, 0.05, 10),
        # A fall from the start is no rise that has settled.
        ([9, 8, 7, 6, 5, 4, 3, 2, 1, 0], 2, 0.05, 10),
        # Patience 0 judges single epochs.
        ([0, 100, 101, 200, 300, 400, 500, 600, 700, 800], 0, 0.05, 3),
        # Without a share, the warm-up is waited for.
        ([0, 100, 100, 100, 100, 100, 100, 100, 100, 100], 2, 0.0, 10),
    ],
)
def test_training_ends_within_the_warmup_once_it_gains_too_little(
    monkeypatch: pytest.MonkeyPatch,
    elbos: list[float],
    patience: int,
    min_gain: float,
    epochs_run: int,
) -> None:
    with_elbos(monkeypatch, elbos)
    plan = schedule(
        epochs=10, kl_warmup=50, early_stopping=True, patience=patience, min_gain=min_gain
    )
    _, fitted = run(random_inputs(), plan)
    assert len(fitted.history) == epochs_run


def test_the_best_weights_are_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    with_elbos(monkeypatch, [-3.0, -1.0, -2.0, -5.0])
    model, fitted = run(
        random_inputs(), schedule(), after_epoch=lambda state: seen.append(weights(state.model))
    )
    assert fitted.best_epoch == 2
    assert_same_bits(weights(model), seen[1])
    assert not torch.equal(seen[1]["decoder.deviations"], seen[3]["decoder.deviations"])
    assert not model.training


def test_the_validation_elbo_has_one_weight_and_one_noise() -> None:
    """With a learning rate of nothing, only another weight or noise could change it."""
    inputs = random_inputs()
    model = small_model(inputs)
    for norm in [m for m in model.modules() if isinstance(m, torch.nn.BatchNorm1d)]:
        norm.momentum = 0.0
    plan = schedule(epochs=4, learning_rate=0.0, kl_warmup=3)
    fitted = fit(model, inputs, *train_rows(inputs), plan, seed=0)
    assert len({entry["validation_elbo"] for entry in fitted.history}) == 1
    assert len({entry["kl_weight"] for entry in fitted.history}) == 4


def test_the_validation_elbo_is_the_mean_over_all_held_out_documents(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_VALIDATION_BATCH", 3)
    inputs = random_inputs()
    model = small_model(inputs).eval()
    rows, noise = torch.tensor([0, 5, 9, 30, 31, 32, 39]), torch.randn(7, 3)
    with torch.no_grad():
        reconstruction, divergence, _ = model(inputs.select(rows), noise)
    expected = -float((reconstruction + 0.4 * divergence).mean())
    found = module._validation_elbo(model, inputs, rows, noise, 0.4)
    assert found == pytest.approx(expected, rel=1e-5)


def test_without_validation_documents_all_epochs_run_and_the_last_is_kept() -> None:
    inputs = random_inputs()
    model = small_model(inputs)
    nobody = torch.empty(0, dtype=torch.int64)
    plan = schedule(epochs=3, early_stopping=True, patience=0, kl_warmup=0)
    fitted = fit(model, inputs, torch.arange(40), nobody, plan, seed=0)
    assert fitted.best_epoch == len(fitted.history) == 3
    assert [entry["validation_elbo"] for entry in fitted.history] == [None] * 3
    assert not fitted.stopped_early


@pytest.mark.parametrize(
    "change",
    [
        {"epochs": 5},
        {"batch_size": 16},
        {"learning_rate": 0.02},
        {"lr_schedule": "constant"},
        {"kl_start": 0.5},
        {"kl_end": 0.5},
        {"kl_end": 0.0},
        {"kl_warmup": 0},
        {"kl_warmup": 3},
    ],
)
def test_each_number_of_the_schedule_changes_the_training(change: dict[str, Any]) -> None:
    inputs = random_inputs()
    base, _ = run(inputs, schedule())
    changed, _ = run(inputs, schedule(**change))
    assert not torch.equal(
        weights(base)["decoder.deviations"], weights(changed)["decoder.deviations"]
    )


# --- repeatable ----------------------------------------------------------------------------


def test_same_seed_same_bits_and_another_seed_others() -> None:
    inputs = random_inputs()
    first, fitted = run(inputs, schedule())
    torch.manual_seed(99)
    torch.randn(17)
    second, again = run(inputs, schedule())
    assert_same_bits(weights(first), weights(second))
    assert without_seconds(fitted.history) == without_seconds(again.history)
    third, _ = run(inputs, schedule(), seed=1)
    assert not torch.equal(first.decoder.deviations, third.decoder.deviations)


def test_the_generator_of_the_process_is_left_alone() -> None:
    torch.manual_seed(5)
    expected = torch.randn(4)
    torch.manual_seed(5)
    run(random_inputs(), schedule(epochs=1))
    assert torch.equal(torch.randn(4), expected)


def test_purposes_of_one_seed_draw_different_numbers() -> None:
    draws = []
    for purpose in (0, 1, 2):
        with seeded(7, "cpu", purpose):
            draws.append(float(torch.rand(())))
    assert len(set(draws)) == 3


@pytest.mark.parametrize("interrupted_after", [1, 3, 6])
def test_resuming_gives_the_bits_of_an_uninterrupted_training(interrupted_after: int) -> None:
    inputs = random_inputs()
    plan = schedule(epochs=6, kl_warmup=1, early_stopping=True, patience=20)
    kept: list[tuple[dict[str, Any], list[dict[str, Any]]]] = []

    def keep(state: Progress) -> None:
        if state.epoch == interrupted_after:
            kept.append((state.arrays(), [dict(entry) for entry in state.history]))

    whole, fitted = run(inputs, plan, after_epoch=keep)
    resumed, again = run(inputs, plan, resume=kept[0])
    assert_same_bits(weights(whole), weights(resumed))
    assert without_seconds(fitted.history) == without_seconds(again.history)
    assert fitted.best_epoch == again.best_epoch


# --- inference -----------------------------------------------------------------------------


@pytest.mark.parametrize("n_docs", [1, 2, 255, 256, 257, 600])
def test_a_document_has_the_same_bits_alone_among_others_and_anywhere(n_docs: int) -> None:
    inputs = random_inputs(n_docs=n_docs, n_words=12, dim=37)
    model = small_model(inputs, num_topics=5, hidden_dim=53)
    together = posterior_topics(model, inputs)
    order = torch.randperm(n_docs, generator=torch.Generator().manual_seed(0))
    np.testing.assert_array_equal(
        posterior_topics(model, inputs.select(order)), together[order.numpy()]
    )
    for row in {0, n_docs // 2, n_docs - 1}:
        alone = posterior_topics(model, inputs.select(torch.tensor([row])))
        np.testing.assert_array_equal(alone[0], together[row])


def test_no_documents_have_no_topics() -> None:
    inputs = random_inputs()
    nobody = inputs.select(torch.empty(0, dtype=torch.int64))
    assert posterior_topics(small_model(inputs), nobody).shape == (0, 3)


def test_weights_come_back_from_arrays() -> None:
    inputs = random_inputs()
    trained, _ = run(inputs, schedule())
    other = small_model(inputs, seed=9)
    load_state_arrays(other, state_arrays(trained))
    np.testing.assert_array_equal(
        posterior_topics(other, inputs), posterior_topics(trained, inputs)
    )


# --- what goes wrong -----------------------------------------------------------------------


def test_a_loss_that_is_not_finite_is_reported_with_epoch_and_last_loss() -> None:
    inputs = random_inputs()
    model = small_model(inputs)

    def poison(state: Progress) -> None:
        if state.epoch == 2:
            with torch.no_grad():
                state.model.decoder.deviations.fill_(math.nan)

    with pytest.raises(NotConverged, match=r"nan in epoch 3; the last finite loss was \d+\.\d+"):
        fit(model, inputs, *train_rows(inputs), schedule(), seed=0, after_epoch=poison)


def test_a_loss_that_is_infinite_in_the_first_step_says_so() -> None:
    inputs = random_inputs()
    model = small_model(inputs)
    with torch.no_grad():
        model.encoder.heads.bias.fill_(1e30)
    with pytest.raises(NotConverged, match="in epoch 1; no loss was finite before"):
        fit(model, inputs, *train_rows(inputs), schedule(), seed=0)


def test_one_training_document_is_refused() -> None:
    inputs = random_inputs()
    with pytest.raises(InvalidOption, match="at least two"):
        fit(
            small_model(inputs),
            inputs,
            torch.tensor([0]),
            torch.tensor([1]),
            schedule(),
            seed=0,
        )


@pytest.mark.parametrize(("n_train", "batch_size"), [(2, 2), (3, 2), (5, 64), (65, 64)])
def test_few_documents_train(n_train: int, batch_size: int) -> None:
    inputs = random_inputs(n_docs=n_train + 1)
    model = small_model(inputs)
    plan = dataclasses.replace(schedule(), batch_size=batch_size)
    rows = torch.arange(n_train + 1)
    fitted = fit(model, inputs, rows[:-1], rows[-1:], plan, seed=0)
    assert all(math.isfinite(entry["reconstruction"]) for entry in fitted.history)
