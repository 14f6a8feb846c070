"""Are correlations of topics and shares by group right? Documents whose relations are known.

Eight planted topics: the third and the fourth occur together, the last two avoid each other, and
the documents of two groups differ in the first two. The true correlations are those that theta
relations finds in the true shares of very many documents.

Example: python scripts/bench_relations.py --corpora 40
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scripts.bench_effects import KINDS, Fit
from scripts.planted_shares import SIDES, Planted, log_amounts, planted, shares_of
from scripts.recovery import slope
from theta.effects.correlations import Correlations, TopicCorrelations
from theta.effects.covariate_table import CLEAR
from theta.effects.means import GroupedMeans
from theta.plots.means import MIN_DOCS

_TOPICS, _WORDS, _CORRELATION = 8, 320, 0.6
_MANY = 40_000
_NOTHING = 0.03


class Found(NamedTuple):
    """How relations are recovered.

    Attributes
    ----------
    covered : float
        Share of the 95 % intervals of correlations that cover the true one.
    slope : float
        Of the correlations on the true ones; 1 is right.
    planted : float
        Share of the two planted pairs that are clear, with the right sign.
    alarms : float
        Share of the pairs with a true correlation of nearly 0 that are clear after adjustment.
    means : float
        Share of the 95 % intervals of the mean shares of groups that cover the true ones.
    """

    covered: float
    slope: float
    planted: float
    alarms: float
    means: float


def correlations_of(draws: Sequence[np.ndarray]) -> Correlations:
    """Return the correlations of topics over draws of their shares."""
    found = TopicCorrelations(len(draws[0]), _TOPICS, seed=0)
    for draw in draws:
        found.add(draw)
    return found.combined()


def compare(made: Planted, draws: Sequence[np.ndarray], true: np.ndarray) -> Found:
    """Return how draws of shares recover the true correlations, (n_pairs,), and mean shares."""
    found = correlations_of(draws)
    means = GroupedMeans(made.groups, len(SIDES), MIN_DOCS)
    for draw in draws:
        means.add(draw)
    groups = means.combined()
    signs = {(2, 3): 1, (_TOPICS - 2, _TOPICS - 1): -1}
    clear = found.p_bh <= CLEAR
    pairs = [signs.get((int(i), int(j)), 0) for i, j in found.pairs]
    sign = np.array(pairs)
    return Found(
        float(((found.low <= true) & (true <= found.high)).mean()),
        slope(true, found.estimate),
        float((clear & (np.sign(found.estimate) == sign))[sign != 0].mean()),
        float(clear[np.abs(true) < _NOTHING].mean()),
        float(((groups.low <= made.means) & (made.means <= groups.high)).mean()),
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    models = ("truth", "stm", "lda", "theta")
    parser.add_argument("--models", nargs="+", default=["truth", "theta"], choices=models)
    parser.add_argument("--shares", nargs="+", default=list(KINDS), choices=KINDS)
    parser.add_argument("--corpora", type=int, default=20)
    parser.add_argument("--documents", type=int, default=600)
    parser.add_argument("--lengths", type=int, nargs="+", default=[60], help="tokens (60)")
    parser.add_argument("--mixing", type=float, default=1.5, help="see bench_effects (1.5)")
    args = parser.parse_args(argv)
    many = log_amounts(np.random.default_rng(1), _MANY, _TOPICS, args.mixing, _CORRELATION)
    places = np.arange(_MANY) % 2
    true = correlations_of([shares_of(many, places, 1.0)]).estimate
    print(f"{args.documents} documents, {_TOPICS} topics, {args.corpora} corpora")
    print("tokens  model  shares      covered  slope  planted  alarms  means")
    for length in args.lengths:
        for name in args.models:
            found: dict[str, list[Found]] = {}
            for seed in range(args.corpora):
                made = planted(
                    seed,
                    args.documents,
                    length,
                    args.mixing,
                    num_topics=_TOPICS,
                    n_words=_WORDS,
                    correlation=_CORRELATION,
                )
                fit = Fit(name, made, seed)
                for kind in ["known"] if name == "truth" else args.shares:
                    draws = fit.draws(kind, made.design)
                    found.setdefault(kind, []).append(compare(made, draws, true))
            for kind, trials in found.items():
                one = Found(*np.mean(np.array(trials), axis=0).tolist())
                print(
                    f"{length:6}  {name:5}  {kind:10}  {one.covered:7.1%}  {one.slope:5.2f}  "
                    f"{one.planted:7.1%}  {one.alarms:6.1%}  {one.means:5.1%}",
                    flush=True,
                )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
