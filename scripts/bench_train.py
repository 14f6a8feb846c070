"""Time one epoch of training, side by side in one run.

    pip install --no-deps --target /tmp/topmost topmost
    python scripts/bench_train.py --data /path/to/20ng --topmost /tmp/topmost

The folder is that of bench_quality.py. Each line is the median over `--rounds` rounds; in a round
every contestant trains one epoch on the same documents, so that a busy machine slows them all.

    theta       the program's own step: encoder, decoder, both divergences, Adam
    encoder     the floor: forward and backward of the same encoder alone, torch's dropout,
                no decoder, no optimizer
    encoder+    the same with the program's own dropout, which is cheaper on a CPU
    dense       the same model written plainly: θβ over all words, autograd, torch's Adam
    CombinedTM  TopMost's own module in its own loop: dense rows, a DataLoader, Adam

On a GPU check_gpu.py times the program's step captured as a CUDA graph and without.
"""

from __future__ import annotations

import argparse
import importlib.util
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np
import torch
from bench_quality import numbers
from quality_data import read_folder, with_split
from torch import nn

from theta.contracts import Corpus, Embeddings, Split
from theta.devices import seeded
from theta.models.document_space import LexicalSpace
from theta.models.theta_options import ThetaOptions
from theta.models.theta_start import build as build_theta
from theta.models.topic_words import log_counts, log_word_frequencies
from theta.nn.elbo import VAE
from theta.nn.fit import _optimizer as make_optimizer
from theta.nn.fit import step
from theta.nn.inputs import Inputs, as_tensor, batch_bounds

WARM_EPOCHS, COMBINED_EPOCHS = 20, 200
"""Epochs that each needs: see the table of quality, and TopMost's default."""


@dataclass(frozen=True)
class Bench:
    """What every contestant trains on."""

    corpus: Corpus
    embeddings: Embeddings
    lexical: LexicalSpace
    inputs: Inputs
    rows: torch.Tensor
    num_topics: int
    hidden_dim: int
    num_layers: int
    batch_size: int

    def model(self) -> VAE:
        """Return THETA, its topics started at random: the start does not change the time."""
        options = ThetaOptions(
            num_topics=self.num_topics, hidden_dim=self.hidden_dim, num_layers=self.num_layers
        )
        training = self.corpus.bow[self.rows.cpu().numpy()]
        deviations = np.random.default_rng(0).normal(0, 0.5, (self.corpus.n_words, self.num_topics))
        state = {
            "encoder.center": self.embeddings.documents.mean(axis=0, dtype=np.float32),
            "decoder.log_background": log_word_frequencies(training),
            "decoder.deviations": deviations.astype(np.float32),
            **self.lexical.arrays(),
        }
        with seeded(0, "cpu"):
            model = build_theta(state, options, n_train=len(self.rows), dropout=options.dropout)
        return model.to(self.inputs.device)

    def shuffled(self) -> torch.Tensor:
        """Return the training rows in another order."""
        return self.rows[torch.randperm(len(self.rows)).to(self.rows.device)]

    def bounds(self) -> list[int]:
        """Return the bounds of the batches."""
        return batch_bounds(len(self.rows), self.batch_size)


Epoch = Callable[[], None]


def main() -> None:
    """Print seconds per epoch and their ratios."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--topmost", type=Path, help="folder that holds the package topmost")
    parser.add_argument("--num_topics", type=int, default=50)
    parser.add_argument("--batch_sizes", type=numbers, default=[64, 256])
    parser.add_argument("--hidden_dim", type=int, default=512)
    parser.add_argument("--num_layers", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument(
        "--clock",
        choices=("wall", "cpu"),
        default="wall",
        help="cpu: seconds of this process alone, for a machine that others use",
    )
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    corpus, embeddings = read_folder(args.data)
    corpus = with_split(corpus, seed=0)
    training, counts = corpus.rows(Split.TRAIN), log_counts(corpus.bow)
    lexical = LexicalSpace.of(counts[training], ThetaOptions.lexical_dim, seed=0)
    assert lexical is not None
    inputs = Inputs.from_arrays(
        counts, embeddings.documents, lexical=lexical.project(counts), device=args.device
    )
    rows = as_tensor(training).to(args.device)
    for batch_size in args.batch_sizes:
        bench = Bench(
            corpus,
            embeddings,
            lexical,
            inputs,
            rows,
            args.num_topics,
            args.hidden_dim,
            args.num_layers,
            batch_size,
        )
        print_times(bench, race(contestants(bench, args.topmost), args.rounds, args.clock), args)


def contestants(bench: Bench, topmost: Path | None) -> dict[str, Epoch]:
    """Return one callable per contestant that trains one epoch."""
    found = {
        "theta": theta_epoch(bench),
        "encoder": encoder_epoch(bench, torch_dropout=True),
        "encoder+": encoder_epoch(bench, torch_dropout=False),
        "dense": dense_epoch(bench),
    }
    if topmost is not None:
        found["CombinedTM"] = combined_epoch(bench, load_combined(topmost))
    return found


def race(epochs: dict[str, Epoch], rounds: int, clock: str) -> dict[str, float]:
    """Return the median seconds per epoch of each contestant, after one round to warm up."""
    now = time.perf_counter if clock == "wall" else time.process_time
    seconds: dict[str, list[float]] = {name: [] for name in epochs}
    for turn in range(rounds + 1):
        for name, epoch in epochs.items():
            began = now()
            epoch()
            if torch.cuda.is_available():
                torch.cuda.synchronize()
            if turn > 0:
                seconds[name].append(now() - began)
    return {name: statistics.median(found) for name, found in seconds.items()}


def print_times(bench: Bench, seconds: dict[str, float], args: argparse.Namespace) -> None:
    """Print one block of the table."""
    print(
        f"batch {bench.batch_size}, K = {bench.num_topics}, {bench.num_layers} × "
        f"{bench.hidden_dim}, {len(bench.rows)} documents, {torch.get_num_threads()} thread(s), "
        f"{bench.inputs.device}: seconds per epoch ({args.clock}, median of {args.rounds})"
    )
    own = seconds["theta"]
    for name, value in seconds.items():
        ratio = f"theta is {own / value:.2f} of it" if name != "theta" else ""
        print(f"  {name:12}{value:8.3f}  {ratio}")
    if "CombinedTM" in seconds:
        sooner = seconds["CombinedTM"] * COMBINED_EPOCHS / (own * WARM_EPOCHS)
        print(
            f"  {COMBINED_EPOCHS} epochs of CombinedTM take {sooner:.0f} times as long as "
            f"{WARM_EPOCHS} of theta (from the seconds per epoch)"
        )


def theta_epoch(bench: Bench) -> Epoch:
    """Train with the program's own step."""
    model = bench.model().train()
    optimizer = make_optimizer(model, 0.002)

    def epoch() -> None:
        for batch in bench.inputs.batches(bench.shuffled(), bench.bounds()):
            step(model, optimizer, batch, 1.0)

    return epoch


def encoder_epoch(bench: Bench, *, torch_dropout: bool) -> Epoch:
    """Forward and backward of the encoder alone."""
    encoder = bench.model().train().encoder
    if torch_dropout:
        with_torch_dropout(encoder)

    def epoch() -> None:
        for batch in bench.inputs.batches(bench.shuffled(), bench.bounds()):
            encoder.zero_grad(set_to_none=True)
            mean, log_variance = encoder(batch)
            torch.autograd.backward((mean.sum(), log_variance.sum()))

    return epoch


def with_torch_dropout(encoder: nn.Module) -> None:
    """Replace the program's dropout by torch's."""
    for name, layer in list(encoder.body.named_children()):
        if name.startswith("dropout"):
            setattr(encoder.body, name, nn.Dropout(layer.rate))


def dense_epoch(bench: Bench) -> Epoch:
    """Train the same model as one would write it first."""
    model = bench.model().train()
    with_torch_dropout(model.encoder)
    decoder = model.decoder
    optimizer = torch.optim.Adam(model.parameters(), lr=0.002)
    penalty = decoder.weight_decay / 2

    def epoch() -> None:
        for batch in bench.inputs.batches(bench.shuffled(), bench.bounds()):
            mean, log_variance = model.encoder(batch)
            z = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
            likelihood = decoder.dense_log_likelihood(torch.softmax(z, dim=1), batch.counts)
            variance = model.prior_variance
            divergence = 0.5 * (
                (mean.square() + log_variance.exp()) / variance
                - 1
                - log_variance
                + np.log(variance)
            ).sum(dim=1)
            loss = (divergence - likelihood).mean() + penalty * decoder.deviations.square().sum()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    return epoch


def combined_epoch(bench: Bench, module: ModuleType) -> Epoch:
    """Train TopMost's CombinedTM as its BasicTrainer does on its dense data set."""
    rows = bench.rows.cpu().numpy()
    counts = torch.from_numpy(bench.corpus.bow[rows].toarray().astype(np.float32))
    vectors = torch.from_numpy(bench.embeddings.documents[rows].astype(np.float32))
    data = torch.cat([counts, vectors], dim=1).to(bench.inputs.device)
    loader = torch.utils.data.DataLoader(data, batch_size=bench.batch_size, shuffle=True)
    model = module.CombinedTM(bench.corpus.n_words, vectors.shape[1], bench.num_topics)
    model = model.to(bench.inputs.device).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.002)

    def epoch() -> None:
        for batch in loader:
            loss = model(batch)["loss"]
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    return epoch


def load_combined(folder: Path) -> ModuleType:
    """Return TopMost's own file; the rest of its package needs libraries not wanted here."""
    path = folder / "topmost" / "models" / "basic" / "CombinedTM.py"
    spec = importlib.util.spec_from_file_location("topmost_combined", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main()
