"""Are effects of covariates right? Simulations of documents whose effects are known.

Without --planted: how often STM finds an effect of covariates that have none. Documents are drawn
from planted topics; their covariates are drawn independently of the documents: normal numbers,
halves, and levels of ten documents. Shown are the share of 95 % intervals that leave out 0, which
should be 5 %, and the share of covariates with an effect that the console calls clear, which should
be 5 % too.

With --planted: documents whose shares depend on one covariate and not on another, with embeddings
that are noisy images of the shares, and the effects that theta effects finds in models of them. The
line "truth" is of the true shares: its distance from 95 % and from 1 is the noise of the
simulation.

Example: python scripts/bench_effects.py --planted truth stm theta --corpora 40 --lengths 60
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_array

from theta.contracts import Corpus, Embeddings, ModelInputs, Split, Tokens
from theta.effects.analysis import Effects, Quantity, estimate_effects
from theta.effects.covariate_table import CLEAR, Effect
from theta.effects.formula import ModelMatrix, model_matrix
from theta.effects.targets import MARGINAL
from theta.effects.variables import columns_of
from theta.models import MODELS
from theta.models.base import FitContext, HasPosterior
from theta.models.calibration import calibrate
from theta.models.stm import Stm, StmOptions
from theta.options import declarations

if TYPE_CHECKING:
    from theta.models.posterior import SharePosterior

_WORDS = 60
_TOPICS = 5
_RARE = 10
_PLANTED_WORDS, _DIM = 200, 32
_KINDS = ("model", "calibrated", "common")
_SMALL = {
    "num_topics": _TOPICS,
    "hidden_dim": 64,
    "epochs": 30,
    "kl_warmup": 5,
    "max_iter": 40,
}
"""Options of the models on planted corpora, where a model has them."""


@dataclass(frozen=True)
class Rates:
    """What was found where there is nothing to find.

    Attributes
    ----------
    covariates, effects : int
    outside : float
        Share of the effects whose 95 % interval leaves out 0.
    clear : float
        Share of the covariates with an effect that the console shows.
    z_deviation : float
        Standard deviation of the effects in standard errors; 1 is right.
    """

    covariates: int
    effects: int
    outside: float
    clear: float
    z_deviation: float


def shuffled_corpus(seed: int, n_docs: int, length: int, alpha: float = 0.3) -> Corpus:
    """Return documents with ten covariates that have nothing to do with them."""
    rng = np.random.default_rng(seed)
    topic_word = rng.dirichlet(np.full(_WORDS, 0.1), _TOPICS)
    chances = rng.dirichlet(np.full(_TOPICS, alpha), n_docs) @ topic_word
    counts = np.array([rng.multinomial(length, p / p.sum()) for p in chances]).astype(np.int32)
    ids = np.concatenate([np.repeat(np.arange(_WORDS), row) for row in counts]).astype(np.int32)
    numbers = {f"cov_number_{i}": rng.normal(size=n_docs) for i in range(4)}
    halves = {f"cov_half_{i}": _levels(rng, n_docs, n_docs // 2) for i in range(3)}
    rare = {f"cov_rare_{i}": _levels(rng, n_docs, _RARE) for i in range(3)}
    return Corpus(
        vocabulary=tuple(f"word{v}" for v in range(_WORDS)),
        bow=csr_array(counts),
        tokens=Tokens(np.arange(n_docs + 1, dtype=np.int64) * length, ids),
        split=np.full(n_docs, Split.TRAIN, dtype=np.int8),
        first_halves=csr_array((0, _WORDS), dtype=np.int32),
        row_ids=[str(row) for row in range(n_docs)],
        covariates={**numbers, **halves, **rare},
        fingerprint=f"shuffled-{seed}-{n_docs}-{length}",
    )


def _levels(rng: np.random.Generator, n_docs: int, n_first: int) -> np.ndarray:
    return rng.permutation(np.where(np.arange(n_docs) < n_first, "a", "b"))


def measure(n_corpora: int, n_docs: int, length: int, max_iter: int = 40) -> Rates:
    """Return how often effects are found in corpora of shuffled covariates."""
    effects: list[Effect] = []
    clear: list[bool] = []
    for seed in range(n_corpora):
        corpus = shuffled_corpus(seed, n_docs, length)
        options = StmOptions(num_topics=_TOPICS, max_iter=max_iter)
        output = Stm().fit(corpus, None, options, FitContext(seed=seed, progress=False))
        found = [Effect(**effect) for effect in output.facts["covariate_effects"]]
        effects += found
        for name in corpus.covariates:
            p_values = [e.p_value for e in found if e.covariate == name and e.p_value is not None]
            clear.append(min(p_values) <= CLEAR)
    outside = [not low <= 0 <= high for low, high in (effect.interval for effect in effects)]
    z = [effect.z for effect in effects if effect.z is not None]
    return Rates(
        len(clear), len(effects), float(np.mean(outside)), float(np.mean(clear)), float(np.std(z))
    )


@dataclass(frozen=True)
class Planted:
    """Documents whose topic shares depend on a covariate, and the truth.

    Attributes
    ----------
    corpus : Corpus
        With the covariates cov_side, which moves the shares, and cov_noise, which does not.
    embeddings : Embeddings
        Noisy linear images of the shares.
    doc_topic : (n_docs, n_topics) float64
    effect : (n_topics,) float64
        Difference of the mean shares of the two sides in the population.
    """

    corpus: Corpus
    embeddings: Embeddings
    doc_topic: np.ndarray
    effect: np.ndarray


def planted(
    seed: int, n_docs: int, length: int, spread: float = 1.5, shift: float = 1.0, noise: float = 0.3
) -> Planted:
    """Return documents of planted topics: shares are logistic-normal, and move with the side.

    Parameters
    ----------
    seed, n_docs : int
    length : int
        Tokens per document.
    spread : float
        Standard deviation of the log shares: at 1.5 documents mix two or three topics.
    shift : float
        Difference of the log share of the first topic between the sides; that of the second topic
        moves the other way.
    noise : float
        Of the embeddings, relative to the image of the shares.
    """
    rng = np.random.default_rng(seed)
    topic_word = np.vstack([_topic(rng, k) for k in range(_TOPICS)])
    side = rng.permutation(n_docs) % 2
    doc_topic = _shares(rng, side, spread, shift)
    many = np.arange(200_000) % 2
    population = _shares(np.random.default_rng(1), many, spread, shift)
    effect = population[many == 1].mean(axis=0) - population[many == 0].mean(axis=0)
    chances = doc_topic @ topic_word
    counts = np.array([rng.multinomial(length, p / p.sum()) for p in chances]).astype(np.int32)
    ids = np.concatenate([np.repeat(np.arange(_PLANTED_WORDS), row) for row in counts])
    image = rng.normal(size=(_TOPICS, _DIM)) / np.sqrt(_DIM)
    vectors = doc_topic @ image + noise * rng.normal(size=(n_docs, _DIM)) / np.sqrt(_DIM)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    split = np.full(n_docs, Split.TRAIN, dtype=np.int8)
    split[rng.permutation(n_docs)[: n_docs // 10]] = Split.VALIDATION
    corpus = Corpus(
        vocabulary=tuple(f"word{v}" for v in range(_PLANTED_WORDS)),
        bow=csr_array(counts),
        tokens=Tokens(np.arange(n_docs + 1, dtype=np.int64) * length, ids.astype(np.int32)),
        split=split,
        first_halves=csr_array((0, _PLANTED_WORDS), dtype=np.int32),
        row_ids=[str(row) for row in range(n_docs)],
        covariates={
            "cov_side": np.where(side == 1, "right", "left"),
            "cov_noise": rng.normal(size=n_docs),
        },
        fingerprint=f"planted-{seed}-{n_docs}-{length}-{spread}-{shift}-{noise}",
    )
    words = np.zeros((_PLANTED_WORDS, _DIM), dtype=np.float16)
    embeddings = Embeddings(
        vectors.astype(np.float16), words, np.zeros((0, _DIM), np.float16), f"planted-{seed}"
    )
    return Planted(corpus, embeddings, doc_topic, effect)


def _topic(rng: np.random.Generator, topic: int) -> np.ndarray:
    """Return a topic with 80 % of its mass on words of its own."""
    own = np.arange(_PLANTED_WORDS) // (_PLANTED_WORDS // _TOPICS) == topic
    weights = np.zeros(_PLANTED_WORDS)
    weights[own] = 0.8 * rng.dirichlet(np.ones(own.sum()))
    weights[~own] = 0.2 * rng.dirichlet(np.ones((~own).sum()))
    return weights


def _shares(rng: np.random.Generator, side: np.ndarray, spread: float, shift: float) -> np.ndarray:
    log = spread * rng.normal(size=(len(side), _TOPICS))
    log[:, 0] += shift * (side - 0.5)
    log[:, 1] -= shift * (side - 0.5)
    shares: np.ndarray = np.exp(log)
    return shares / shares.sum(axis=1, keepdims=True)


@dataclass(frozen=True)
class Recovery:
    """How planted effects are recovered.

    Attributes
    ----------
    covered : float
        Share of the 95 % intervals of the side's effect on a topic that cover the truth.
    slope : float
        Of the estimates on the true effects; 1 is right.
    shares : float
        Slope of the estimated shares of documents on the true ones. It is below 1 for an honest
        mean of short documents.
    calibration : float
        Slope of the true shares on the estimated ones; 1 is right.
    spread : float
        Standard deviation of the drawn shares over that of the true ones; 1 is right.
    alarms : float
        Share of the p-values of the covariate without effect that are .05 or less.
    adjusted : float
        Share of the corpora in which one of them is so after adjustment.
    width : float
        Mean standard error over the standard deviation of the estimates; 1 is right.
    """

    covered: float
    slope: float
    shares: float
    calibration: float
    spread: float
    alarms: float
    adjusted: float
    width: float


class Trial(NamedTuple):
    """What is found in one corpus; `Recovery` explains the numbers."""

    estimate: np.ndarray
    error: np.ndarray
    covered: np.ndarray
    truth: np.ndarray
    alarms: np.ndarray
    adjusted: bool
    shares: float
    calibration: float
    spread: float


def recover(
    name: str, kinds: Sequence[str], n_corpora: int, n_docs: int, length: int, **planting: float
) -> dict[str, Recovery]:
    """Fit a model to planted corpora, and compare the effects found with the planted ones.

    Parameters
    ----------
    name : {"stm", "lda", "theta", "truth"}
        A model, or the true shares, taken as known.
    kinds : sequence of {"model", "calibrated", "common"}
        Shares of the model, or calibrated ones with prior means that depend on the covariates or
        are common. The true shares have one kind.
    n_corpora, n_docs, length : int
    **planting
        Further parameters of `planted`.
    """
    trials: dict[str, list[Trial]] = {}
    for seed in range(n_corpora):
        made = planted(seed, n_docs, length, **planting)
        matrix = model_matrix("~ side + noise", columns_of(made.corpus), made.corpus.row_ids, 5)
        if name == "truth":
            trials.setdefault("known", []).append(_trial(made, matrix, [made.doc_topic]))
            continue
        fit = _Fit(name, made, seed)
        for kind in kinds:
            draws = fit.draws(kind, matrix.matrix)
            trials.setdefault(kind, []).append(_trial(made, matrix, draws))
    return {kind: _recovery(own) for kind, own in trials.items()}


def _trial(made: Planted, matrix: ModelMatrix, draws: Sequence[np.ndarray]) -> Trial:
    mean = np.mean(draws, axis=0)
    together = np.corrcoef(made.doc_topic.T, mean.T)[:_TOPICS, _TOPICS:]
    _, order = linear_sum_assignment(-together)
    draws, mean = [draw[:, order] for draw in draws], mean[:, order]
    effects = estimate_effects(matrix, draws)
    side, noise = _marginal(effects, "side"), _marginal(effects, "noise").numbers
    sign = 1 if side.level == "right" else -1
    low, high = np.array(side.numbers.low), np.array(side.numbers.high)
    true = sign * made.effect
    return Trial(
        estimate=sign * np.array(side.numbers.estimate),
        error=np.array(side.numbers.standard_error),
        covered=(low <= true) & (true <= high),
        truth=made.effect,
        alarms=np.array(noise.p_value) <= CLEAR,
        adjusted=min(p for p in noise.p_bh if p is not None) <= CLEAR,
        shares=_slope(made.doc_topic, mean),
        calibration=_slope(mean, made.doc_topic),
        spread=float(np.mean(np.std(draws, axis=1)) / made.doc_topic.std(axis=0).mean()),
    )


def _recovery(trials: Sequence[Trial]) -> Recovery:
    found = np.array([trial.estimate for trial in trials])
    spread = np.sqrt(found.var(axis=0, ddof=1).mean()) if len(trials) > 1 else float("nan")
    errors = np.array([trial.error for trial in trials])
    return Recovery(
        covered=float(np.mean([trial.covered for trial in trials])),
        slope=_slope(np.array([trial.truth for trial in trials]), found),
        shares=float(np.mean([trial.shares for trial in trials])),
        calibration=float(np.mean([trial.calibration for trial in trials])),
        spread=float(np.mean([trial.spread for trial in trials])),
        alarms=float(np.mean([trial.alarms for trial in trials])),
        adjusted=float(np.mean([trial.adjusted for trial in trials])),
        width=float(np.sqrt(np.mean(np.square(errors))) / spread),
    )


def _marginal(effects: Effects, name: str) -> Quantity:
    return next(one for one in effects.of_kind(MARGINAL) if one.name == name)


def _slope(x: np.ndarray, y: np.ndarray) -> float:
    return float(np.polyfit(x.ravel(), y.ravel(), 1)[0])


class _Fit:
    """A model fitted to a planted corpus, and draws of its shares."""

    def __init__(self, name: str, made: Planted, seed: int):
        model = MODELS[name]()
        assert isinstance(model, HasPosterior)
        known = declarations(model.Options)
        self._options = model.Options(**{k: v for k, v in _SMALL.items() if k in known})
        context = FitContext(seed=seed, progress=False)
        self._output = model.fit(made.corpus, made.embeddings, self._options, context)
        self._model, self._made, self._seed = model, made, seed

    def draws(self, kind: str, x: np.ndarray) -> list[np.ndarray]:
        """Return 25 draws of the shares; see `recover`."""
        corpus = self._made.corpus
        posterior: SharePosterior
        if kind == "model":
            embeddings = self._made.embeddings.documents
            inputs = ModelInputs(corpus.bow, embeddings, covariates=corpus.covariates)
            posterior = self._model.posterior(self._output.state, self._options, inputs)
        else:
            held_out = np.flatnonzero(corpus.split != Split.TRAIN)
            prior = x if kind == "calibrated" else None
            beta = self._output.topic_word
            posterior = calibrate(corpus.bow, beta, prior, held_out, self._seed)
        return list(posterior.draws(25, self._seed))


def _print_recovery(args: argparse.Namespace) -> None:
    print(f"{args.documents} documents, {_TOPICS} topics, {args.corpora} corpora")
    print(
        "tokens  mixing  model  shares       covered  effects  shares  calibration  spread  "
        "alarms  adjusted  error/sd  seconds"
    )
    for length, spread, name in product(args.lengths, args.mixing, args.planted):
        began = time.process_time()
        found = recover(
            name, args.shares, args.corpora, args.documents, length, spread=spread, noise=args.noise
        )
        for kind, one in found.items():
            print(
                f"{length:6d}  {spread:6.1f}  {name:5s}  {kind:10s}  {one.covered:8.1%}  "
                f"{one.slope:7.2f}  {one.shares:6.2f}  {one.calibration:11.2f}  {one.spread:6.2f}  "
                f"{one.alarms:6.1%}  {one.adjusted:8.1%}  {one.width:8.2f}  "
                f"{time.process_time() - began:7.0f}",
                flush=True,
            )


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--corpora", type=int, default=20, help="ten covariates each (20)")
    parser.add_argument("--documents", type=int, default=300)
    parser.add_argument("--lengths", type=int, nargs="+", default=[10, 50, 200])
    parser.add_argument(
        "--planted",
        metavar="MODEL",
        nargs="+",
        choices=("truth", "stm", "lda", "theta"),
        help="recover planted effects with these models instead; truth: the true shares",
    )
    parser.add_argument(
        "--shares",
        nargs="+",
        default=list(_KINDS),
        choices=_KINDS,
        help="with --planted: shares of the model, calibrated ones, and calibrated ones with a "
        "common prior mean (all)",
    )
    parser.add_argument(
        "--mixing",
        type=float,
        nargs="+",
        default=[1.5],
        help="with --planted: sd of the log shares; at 4 documents have nearly one topic, at 1.5 "
        "two or three, at 0.5 all (1.5)",
    )
    parser.add_argument(
        "--noise",
        type=float,
        default=0.3,
        help="with --planted: noise of the embeddings, relative to the image of the shares (0.3)",
    )
    args = parser.parse_args(argv)
    if args.planted:
        _print_recovery(args)
        return 0
    print(f"{args.documents} documents, {_TOPICS} topics, {args.corpora} corpora")
    print("words  covariates  clear  effects  outside  sd of z  seconds")
    for length in args.lengths:
        began = time.perf_counter()
        rates = measure(args.corpora, args.documents, length)
        print(
            f"{length:5d}  {rates.covariates:10d}  {rates.clear:5.1%}  {rates.effects:7d}  "
            f"{rates.outside:7.1%}  {rates.z_deviation:7.2f}  {time.perf_counter() - began:7.0f}"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
