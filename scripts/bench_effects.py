"""Are effects of covariates right, and how long do they take? Documents whose effects are known.

The shares of the documents depend on one covariate and not on another, and their embeddings are
noisy images of the shares. Printed is what theta effects finds in models of them. The line "truth"
is of the true shares: its distance from 95 % and from 1 is the noise of the simulation.

With --log FILE every corpus is written down when it is done, and those that are there already are
not repeated: a long simulation can be stopped, continued and extended.

With --speed, effects of calibrated shares are estimated once, in 20,000 documents of 50 topics by
default, and the CPU seconds and the memory are printed.

Example: python scripts/bench_effects.py --models truth stm theta --corpora 200 --log effects.jsonl
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import linear_sum_assignment

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scripts.planted_shares import Planted, planted
from scripts.recovery import Log, Recovery, Trial, slope
from theta.contracts import ModelInputs, Split
from theta.effects.analysis import estimate_effects
from theta.effects.covariate_table import CLEAR
from theta.effects.formula import ModelMatrix, model_matrix
from theta.effects.results import Effects, Quantity
from theta.effects.targets import MARGINAL
from theta.effects.variables import columns_of
from theta.models import MODELS
from theta.models.base import FitContext, HasPosterior
from theta.models.calibration import Start
from theta.options import declarations

if TYPE_CHECKING:
    from theta.models.posterior import SharePosterior

_FORMULA = "~ side + noise"
_DRAWS = 25
_TOPICS = 5
KINDS = ("model", "calibrated", "common")
_SMALL = {
    "hidden_dim": 64,
    "epochs": 30,
    "kl_warmup": 5,
    "max_iter": 40,
}
"""Options of the models on planted corpora, where a model has them."""


def order_of(true: np.ndarray, doc_topic: np.ndarray) -> np.ndarray:
    """Return for each column of the true shares the topic that goes with it: (num_topics,)."""
    num_topics = true.shape[1]
    together = np.corrcoef(true.T, doc_topic.T)[:num_topics, num_topics:]
    order: np.ndarray = linear_sum_assignment(-np.nan_to_num(together))[1]
    return order


def matched(true: np.ndarray, draws: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return draws of θ with their topics in the order of the true shares they correlate with."""
    order = order_of(true, np.mean(draws, axis=0))
    return [draw[:, order] for draw in draws]


class Fit:
    """A model fitted to a planted corpus, and draws of its shares.

    Parameters
    ----------
    name : {"stm", "lda", "theta", "truth"}
        A model, or the true shares.
    made : Planted
    seed : int
    """

    def __init__(self, name: str, made: Planted, seed: int):
        self._name, self._made, self._seed = name, made, seed
        if name == "truth":
            return
        model = MODELS[name]()
        assert isinstance(model, HasPosterior)
        known = declarations(model.Options)
        small = {**_SMALL, "num_topics": len(made.topic_word)}
        self._options = model.Options(**{k: v for k, v in small.items() if k in known})
        context = FitContext(seed=seed, progress=False)
        self._output = model.fit(made.corpus, made.embeddings, self._options, context)
        self._model = model

    @cached_property
    def _start(self) -> Start:
        corpus = self._made.corpus
        held_out = np.flatnonzero(corpus.split != Split.TRAIN)
        return Start.chosen(corpus.bow, self._output.topic_word, held_out, self._seed)

    def draws(self, kind: str, prior: np.ndarray | None) -> list[np.ndarray]:
        """Return draws of the shares, in the order of the planted topics.

        Parameters
        ----------
        kind : {"known", "model", "calibrated", "common"}
            The true shares, those of the model, or calibrated ones with prior means that depend on
            the covariates or are common.
        prior : (n_docs, n_columns) float64
            Design matrix of the prior means.
        """
        corpus = self._made.corpus
        posterior: SharePosterior
        if kind == "known":
            return [self._made.doc_topic]
        if kind == "model":
            embeddings = self._made.embeddings.documents
            inputs = ModelInputs(corpus.bow, embeddings, covariates=corpus.covariates)
            posterior = self._model.posterior(self._output.state, self._options, inputs)
        else:
            posterior = self._start.calibrated(prior if kind == "calibrated" else None, self._seed)
        return matched(self._made.doc_topic, list(posterior.draws(_DRAWS, self._seed)))


def try_effects(made: Planted, matrix: ModelMatrix, draws: Sequence[np.ndarray]) -> Trial:
    """Return the effects of draws of the shares beside the planted ones."""
    effects = estimate_effects(matrix, draws)
    side, noise = _marginal(effects, "side"), _marginal(effects, "noise").numbers
    sign = 1 if side.level == "right" else -1
    low, high = np.array(side.numbers.low), np.array(side.numbers.high)
    true, mean = sign * made.effect, np.mean(draws, axis=0)
    return Trial(
        estimate=(sign * np.array(side.numbers.estimate)).tolist(),
        error=list(side.numbers.standard_error),
        covered=((low <= true) & (true <= high)).tolist(),
        truth=made.effect.tolist(),
        alarms=(np.array(noise.p_value) <= CLEAR).tolist(),
        adjusted=min(p for p in noise.p_bh if p is not None) <= CLEAR,
        shares=slope(made.doc_topic, mean),
        calibration=slope(mean, made.doc_topic),
        spread=float(np.mean(np.std(draws, axis=1)) / made.doc_topic.std(axis=0).mean()),
    )


def _marginal(effects: Effects, name: str) -> Quantity:
    return next(one for one in effects.of_kind(MARGINAL) if one.name == name)


def trials_of(
    args: argparse.Namespace, log: Log, name: str, length: int, mixing: float
) -> dict[str, list[Trial]]:
    """Return the trials of a model by the kind of shares; those on file are not repeated."""
    kinds = ["known"] if name == "truth" else args.shares
    found: dict[str, list[Trial]] = {kind: [] for kind in kinds}
    for seed in range(args.first, args.first + args.corpora):
        settings = {
            kind: [name, kind, args.documents, length, mixing, args.noise, seed] for kind in kinds
        }
        missing = [kind for kind in kinds if log.find(settings[kind]) is None]
        for kind, trial in _new_trials(settings, missing):
            log.add(settings[kind], trial)
        for kind in kinds:
            known = log.find(settings[kind])
            assert known is not None
            found[kind].append(known)
    return found


def _new_trials(
    settings: dict[str, list[Any]], missing: Sequence[str]
) -> Iterator[tuple[str, Trial]]:
    if not missing:
        return
    name, _, n_docs, length, mixing, noise, seed = settings[missing[0]]
    made = planted(seed, n_docs, length, spread=mixing, noise=noise)
    matrix = model_matrix(_FORMULA, columns_of(made.corpus), made.corpus.row_ids, 5)
    fit = Fit(name, made, seed)
    for kind in missing:
        yield kind, try_effects(made, matrix, fit.draws(kind, matrix.matrix))


def measure_speed(n_docs: int, num_topics: int, length: int, n_words: int) -> None:
    """Print what effects of calibrated shares cost; the topics are the planted ones, blurred."""
    made = planted(0, n_docs, length, num_topics=num_topics, n_words=n_words)
    matrix = model_matrix(_FORMULA, columns_of(made.corpus), made.corpus.row_ids, 5)
    beta = 0.7 * made.topic_word + 0.3 * made.topic_word.mean(axis=0)
    held_out = np.flatnonzero(made.corpus.split != Split.TRAIN)
    began = time.process_time()
    start = Start.chosen(made.corpus.bow, beta, held_out, 0)
    settled = time.process_time()
    posterior = start.calibrated(matrix.matrix, 0)
    estimate_effects(matrix, posterior.draws(_DRAWS, 0))
    ended = time.process_time()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{n_docs:,} documents of {length} tokens, {num_topics} topics, {n_words:,} words, "
        f"{_DRAWS} draws: {settled - began:.0f} CPU seconds for the topics ({start.em_steps} EM "
        f"steps), which are kept, and {ended - settled:.0f} for the effects; {memory:,.0f} MiB"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--models",
        nargs="+",
        default=["truth", "theta"],
        choices=("truth", "stm", "lda", "theta"),
        help="truth: the true shares (truth theta)",
    )
    parser.add_argument("--corpora", type=int, default=20)
    parser.add_argument(
        "--first",
        type=int,
        default=0,
        help="seed of the first corpus: logs of parts of a simulation can be put together (0)",
    )
    parser.add_argument("--documents", type=int, help="300; 20,000 with --speed")
    parser.add_argument("--lengths", type=int, nargs="+", default=[60], help="tokens (60)")
    parser.add_argument(
        "--shares",
        nargs="+",
        default=list(KINDS),
        choices=KINDS,
        help="shares of the model, calibrated ones whose prior mean depends on the covariates, and "
        "calibrated ones with a common prior mean (all)",
    )
    parser.add_argument(
        "--mixing",
        type=float,
        nargs="+",
        default=[1.5],
        help="sd of the log shares; at 4 documents have nearly one topic, at 1.5 two or three, at "
        "0.5 all (1.5)",
    )
    parser.add_argument(
        "--noise",
        type=float,
        default=0.3,
        help="noise of the embeddings, relative to the image of the shares (0.3)",
    )
    parser.add_argument("--log", type=Path, help="JSON lines to continue from and to add to")
    parser.add_argument("--speed", action="store_true", help="measure time and memory instead")
    parser.add_argument("--topics", type=int, default=50, help="with --speed (50)")
    parser.add_argument("--words", type=int, default=5000, help="with --speed (5000)")
    args = parser.parse_args(argv)
    if args.speed:
        measure_speed(args.documents or 20_000, args.topics, args.lengths[0], args.words)
        return 0
    args.documents = args.documents or 300
    log = Log(args.log)
    print(f"{args.documents} documents, {_TOPICS} topics")
    print(
        "tokens  mixing  model  shares      corpora  covered  effects  shares  calibration  spread"
        "  alarms  adjusted  error/sd"
    )
    for length, mixing, name in product(args.lengths, args.mixing, args.models):
        for kind, trials in trials_of(args, log, name, length, mixing).items():
            one = Recovery.of(trials)
            print(
                f"{length:6d}  {mixing:6.1f}  {name:5s}  {kind:10s}  {one.corpora:7d}  "
                f"{one.covered:7.1%}  {one.slope:7.2f}  {one.shares:6.2f}  "
                f"{one.calibration:11.2f}  {one.spread:6.2f}  {one.alarms:6.1%}  "
                f"{one.adjusted:8.1%}  {one.width:8.2f}",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
