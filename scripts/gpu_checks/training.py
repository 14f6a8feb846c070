"""Checks of the training of topic models."""

from __future__ import annotations

import dataclasses
import os
import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import torch

from gpu_checks.block import Findings, Setting, run_forked
from gpu_checks.materials import (
    catch_training,
    corpus_of,
    counting_replays,
    digest_output,
    fit,
    uncaptured,
)
from theta.contracts import Split
from theta.nn.fit import fit as fit_network
from theta.nn.fit import step as take_step
from theta.nn.infer import posterior_topics
from theta.nn.inputs import Counts, Inputs
from theta.nn.streamed import gather_inputs

NEURAL = ("theta", "ctm", "etm", "gsm", "nvdm", "prodlda", "dtm")
GUIDED = "theta, guided"
"""THETA with labels, seed words and neighbours."""


def check_models(setting: Setting, found: Findings) -> None:
    """Train every neural model captured, again, and plain: the same numbers and bits."""
    corpus, embeddings = corpus_of(*setting.choose((2000, 2000), (60, 40)), length=30)
    options = _options(setting, epochs=setting.choose(5, 2))
    for name in (GUIDED, *NEURAL, "fastopic"):
        train = _trainer(name, corpus, embeddings, options, setting.device)
        began = time.perf_counter()
        with counting_replays(setting) as replayed:
            first, second = train(), train()
            seconds = (time.perf_counter() - began) / 2
            found.require(
                f"{name}: twice the same bits", digest_output(first) == digest_output(second)
            )
            if name == "fastopic":
                continue
            found.require(f"{name}: steps were replayed", len(replayed) > 0)
            with uncaptured():
                plain = train()
        distance = float(np.abs(first.doc_topic - plain.doc_topic).max())
        found.require(f"{name}: captured = plain", distance < 1e-2, f"θ differs by {distance:.2g}")
        same = digest_output(first) == digest_output(plain)
        found.record(f"{name}: captured and plain have the same bits", same)
        found.record(f"{name}: seconds", round(seconds, 2))


def check_cpu_and_gpu(setting: Setting, found: Findings) -> None:
    """Compare a step and θ of every neural model with the CPU, and a row alone with a batch."""
    corpus, embeddings = corpus_of(*setting.choose((500, 1000), (40, 40)), length=30)
    options = _options(setting, epochs=1) | {"dropout": 0.0, "supervised_dropout": 0.0}
    for name in (GUIDED, *NEURAL):
        here = _one_step(_trainer(name, corpus, embeddings, options, "cpu"))
        with mock.patch.object(Counts, "prefers_dense", True):
            there = _one_step(_trainer(name, corpus, embeddings, options, setting.device))
        loss = _relative(there["losses"], here["losses"])
        found.require(f"{name}: losses", loss < 1e-4, f"differ by {loss:.2g} of their size")
        gradient = _relative(there["gradients"], here["gradients"])
        found.require(f"{name}: gradients", gradient < 1e-3, f"differ by {gradient:.2g}")
        topics = float(np.abs(there["doc_topic"] - here["doc_topic"]).max())
        found.require(f"{name}: θ", topics < 1e-4, f"differs by {topics:.2g}")
        alone = np.array_equal(there["alone"], there["doc_topic"][7:8])
        found.require(f"{name}: θ of a row alone has the bits of the row in a batch", alone)


def check_batches(setting: Setting, found: Findings) -> None:
    """Train with batches that are not replayed (overflow, a short last one), and streamed ones."""
    # Several documents have the same long target: two of them in a batch exceed its capacity.
    shape = setting.choose((1003, 1000), (59, 200))
    corpus, embeddings = corpus_of(*shape, length=setting.choose(30, 10), longest=20 * shape[1])
    options = _options(setting, epochs=3)
    train = _trainer("theta", corpus, embeddings, options, setting.device)

    def run(captured: bool, max_bytes: int | None = None) -> dict[str, np.ndarray]:
        (model, inputs, rows, validation, schedule), named = catch_training(train)
        longest = int(np.diff(corpus.bow.indptr).argmax())
        neighbors = rows[:, None].clone()
        neighbors[:: setting.choose(20, 6)] = longest
        if max_bytes is not None:
            inputs = gather_inputs(
                corpus.bow,
                embeddings.documents,
                lexical=inputs.lexical.cpu().numpy(),
                device=setting.device,
                max_bytes=max_bytes,
            )
        fit_network(
            model,
            inputs,
            rows,
            validation,
            schedule,
            seed=named["seed"],
            neighbors=neighbors,
            captured=captured,
        )
        return {key: tensor.cpu().numpy() for key, tensor in model.state_dict().items()}

    with counting_replays(setting) as replayed:
        captured = run(captured=True)
        plain = run(captured=False)
    n_full = 3 * (len(corpus.rows(Split.TRAIN)) // options["batch_size"])
    found.record("replayed", f"{len(replayed)} of {n_full} full batches, 3 of them to warm up")
    found.require("some batches overflow and others do not", 0 < len(replayed) < n_full - 3)
    distance = max(float(np.abs(plain[key] - captured[key]).max()) for key in plain)
    found.require("captured = plain", distance < 1e-2, f"weights differ by {distance:.2g}")
    # Weighed counts are log(1 + x) in both; what is resident must be so, too.
    resident = run(captured=False, max_bytes=2**40)
    streamed = run(captured=False, max_bytes=0)
    same = all(np.array_equal(resident[key], streamed[key]) for key in resident)
    found.require("streamed and resident documents give the same bits", same)


def check_resume(setting: Setting, found: Findings) -> None:
    """Resume a training that was killed in epoch 5: the bits of an uninterrupted one."""
    for name in ("theta", "prodlda"):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "training.safetensors"
            killed = run_forked(_train_and_die, name, setting, path, True, limit=120)
            found.require(f"{name}: killed", killed.exit_code == -signal.SIGKILL, killed.exit_code)
            found.require(f"{name}: a checkpoint is there", path.exists())
            resumed = run_forked(_train_and_die, name, setting, path, False, limit=120)
            whole = run_forked(_train_and_die, name, setting, None, False, limit=120)
        for outcome in (resumed, whole):
            found.require(f"{name}: trained", outcome.exit_code == 0, outcome.log or None)
        found.require(f"{name}: the same bits", resumed.messages == whole.messages != [])


def _train_and_die(
    send: Callable[[Any], None], name: str, setting: Setting, path: Path | None, die: bool
) -> None:
    corpus, embeddings = corpus_of(*setting.choose((1000, 1000), (60, 40)), length=30)
    asked = 0

    def interrupted() -> bool:
        nonlocal asked
        asked += 1
        if die and asked == 5:
            os.kill(os.getpid(), signal.SIGKILL)
        return False

    with counting_replays(setting):
        output = fit(
            name,
            corpus,
            embeddings,
            _options(setting, epochs=8),
            device=setting.device,
            checkpoint=path,
            interrupted=interrupted,
        )
    send(digest_output(output))


def check_hundred_epochs(setting: Setting, found: Findings) -> None:
    """Time 100 epochs of 17,900 documents, 5,000 words, K = 20, batch 64, captured and plain."""
    shape = setting.choose((17_900, 5000), (80, 40))
    corpus, embeddings = corpus_of(*shape, dim=setting.choose(1024, 16))
    options = {
        "num_topics": setting.choose(20, 4),
        "hidden_dim": setting.choose(512, 16),
        "batch_size": setting.choose(64, 16),
    }
    began = time.perf_counter()
    train = _trainer("theta", corpus, embeddings, options, setting.device)
    (model, inputs, rows, _, schedule), named = catch_training(train)
    found.record("seconds before the first epoch", round(time.perf_counter() - began, 1))
    start = {key: tensor.clone() for key, tensor in model.state_dict().items()}
    nobody = torch.empty(0, dtype=torch.int64)
    per_epoch = {}
    for captured, epochs in ((True, setting.choose(100, 2)), (False, setting.choose(20, 2))):
        model.load_state_dict(start)
        _wait(setting)
        began = time.perf_counter()
        with counting_replays(setting) as replayed:
            fit_network(
                model,
                inputs,
                rows,
                nobody,
                dataclasses.replace(schedule, epochs=epochs),
                seed=0,
                neighbors=named["neighbors"],
                captured=captured,
            )
        _wait(setting)
        seconds = time.perf_counter() - began
        per_epoch[captured] = seconds / epochs
        if captured:
            found.record("replayed steps per epoch", round(len(replayed) / epochs, 1))
        kind = "captured" if captured else "plain"
        found.record(f"{kind}: seconds for {epochs} epochs", round(seconds, 2))
    ratio = per_epoch[False] / per_epoch[True]
    found.record("plain / captured", round(ratio, 2))
    _time_softmax(setting, (shape[1], options["num_topics"]), found)
    if not setting.rehearsal:
        found.aim("100 epochs in under 10 s", 100 * per_epoch[True] < 10)
        found.aim("three times as fast as plain", ratio >= 3)


def _time_softmax(setting: Setting, shape: tuple[int, int], found: Findings) -> None:
    """Time the softmax over words of (n_words, num_topics) scores, as they lie and transposed."""
    scores = torch.randn(shape, device=setting.device)
    ways = {
        "as they lie": lambda: torch.softmax(scores, dim=0),
        "transposed": lambda: torch.softmax(scores.t().contiguous(), dim=1),
    }
    repeats = setting.choose(1000, 2)
    for name, softmax in ways.items():
        softmax()
        _wait(setting)
        began = time.perf_counter()
        for _ in range(repeats):
            softmax()
        _wait(setting)
        microseconds = 1e6 * (time.perf_counter() - began) / repeats
        found.record(f"softmax over words, {name}: µs", round(microseconds, 1))


def train_some(setting: Setting) -> str:
    """Train THETA a little and return the hash of its bits."""
    corpus, embeddings = corpus_of(*setting.choose((1000, 1000), (60, 40)), length=30)
    with counting_replays(setting):
        options = _options(setting, epochs=3)
        return digest_output(fit("theta", corpus, embeddings, options, device=setting.device))


# --- parts ---------------------------------------------------------------------------------


def _options(setting: Setting, epochs: int) -> dict[str, Any]:
    return {
        "epochs": epochs,
        "num_topics": setting.choose(20, 4),
        "batch_size": setting.choose(64, 16),
        "hidden_dim": setting.choose(256, 16),
        "embedding_dim": setting.choose(100, 8),
        "time_slices": 4,
        "kl_warmup": 2,
        "early_stopping": False,
    }


def _trainer(
    name: str, corpus: Any, embeddings: Any, options: dict[str, Any], device: str
) -> Callable[[], Any]:
    """Return what trains a model, or THETA with all that can guide it."""
    if name != GUIDED:
        return lambda: fit(name, corpus, embeddings, options, device=device, seed=1)

    def guided() -> Any:
        with tempfile.TemporaryDirectory() as folder:
            seeds = Path(folder) / "seeds.yaml"
            seeds.write_text("first: [w0, w1]\nsecond: [w9]\n")
            chosen = {**options, "seed_words": seeds, "neighbor_docs": 5}
            return fit("theta", corpus, embeddings, chosen, device=device, seed=1, supervised=True)

    return guided


def _one_step(train: Callable[[], Any]) -> dict[str, np.ndarray]:
    """Return losses and gradients of one batch, and θ of all documents before that."""
    (model, inputs, rows, *_), _ = catch_training(train)
    doc_topic = posterior_topics(model, inputs)
    alone = posterior_topics(model, _row(inputs, 7))
    model.train()
    optimizer = mock.Mock(zero_grad=model.zero_grad)
    noise = torch.from_numpy(np.random.default_rng(0).normal(size=(64, model.num_topics)))
    chosen = rows[:64].to(inputs.device)

    def fixed_noise(*size: int, device: Any) -> torch.Tensor:
        return noise[: size[0]].float().to(device)

    # The walks of the dynamic model draw noise of their own.
    with mock.patch("torch.randn", fixed_noise), mock.patch("torch.randn_like", torch.zeros_like):
        terms = take_step(model, optimizer, inputs.select(chosen), 0.5)
    gradients = [p.grad.flatten() for p in model.parameters() if p.grad is not None]
    parts = [term for term in terms if term is not None]
    return {
        "losses": torch.stack(parts).cpu().numpy(),
        "gradients": torch.cat(gradients).cpu().numpy(),
        "doc_topic": doc_topic,
        "alone": alone,
    }


def _row(inputs: Inputs, row: int) -> Inputs:
    batch = inputs.select(torch.tensor([row], device=inputs.device))
    none = torch.empty(0, dtype=torch.int64, device=inputs.device)
    counts = batch.counts
    alone = Counts(counts.starts, counts.words.int(), counts.values, none, counts.n_words)
    return Inputs(alone, batch.features, batch.labels, batch.lexical)


def _relative(found: np.ndarray, expected: np.ndarray) -> float:
    return float(np.linalg.norm(found - expected) / max(np.linalg.norm(expected), 1e-30))


def _wait(setting: Setting) -> None:
    if not setting.rehearsal:
        torch.cuda.synchronize(setting.device)
