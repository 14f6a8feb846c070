"""Simulate how often STM finds effects of covariates that have none.

Documents are drawn from planted topics; their covariates are drawn independently of the documents:
normal numbers, halves, and levels of ten documents. Printed are the share of 95 % intervals that
leave out 0, and the share of covariates with an effect that the console calls clear. Both should be
5 %.

Example: python scripts/bench_stm_effects.py --corpora 20
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from theta.contracts import Corpus, Split, Tokens
from theta.effects.covariate_table import CLEAR, Effect
from theta.models.base import FitContext
from theta.models.stm import Stm, StmOptions

_WORDS = 60
_TOPICS = 5
_RARE = 10


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


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--corpora", type=int, default=20, help="ten covariates each (20)")
    parser.add_argument("--documents", type=int, default=300)
    parser.add_argument("--lengths", type=int, nargs="+", default=[10, 50, 200])
    args = parser.parse_args(argv)
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
