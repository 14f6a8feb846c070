"""Compare stm with the R package stm, on the same documents, covariates and start.

    python scripts/bench_stm_r.py --data poliblog5k --num_topics 20
    python scripts/bench_stm_r.py --planted 40

The first compares the fits of one corpus: poliblog5k (posts of political blogs) and gadarian
(answers of a survey) are data of the R package. Bounds are in nats per document; topics are matched
by their words. The lines are R's fits: from the same topics as ours, and from its own default
start. The second counts how well intervals of `estimateEffect` and of `theta effects` cover planted
effects, as scripts/bench_effects.py does; topics are trained on all documents.

Needs Rscript with the packages stm and, for gadarian, tm and SnowballC; R_LIBS names a folder of
packages, as for R.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from bench_effects import Fit, order_of, try_effects
from planted_shares import Planted, planted
from recovery import Recovery, Trial, slope
from scipy.io import mmread, mmwrite
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_array

from theta.contracts import Corpus, ModelInputs, Split, Tokens
from theta.effects.analysis import estimate_effects
from theta.effects.covariate_table import CLEAR
from theta.effects.formula import ModelMatrix, model_matrix
from theta.effects.pooling import Pooled, adjust
from theta.effects.results import COEFFICIENT
from theta.effects.variables import columns_of
from theta.models.base import FitContext
from theta.models.lda import initial_topics
from theta.models.stm import Stm, StmOptions

_SCRIPT = Path(__file__).with_name("stm_in_r.R")
_FORMULAS = {"poliblog5k": "~ rating + day", "gadarian": "~ treatment + pid_rep"}
_STARTS = ("same", "Spectral")
_SIMULATED = "~ side + noise"


@dataclass(frozen=True)
class Found:
    """Topics, shares and effects of one fit.

    Attributes
    ----------
    doc_topic, topic_word : array
    estimate, error : (num_topics, n_columns) float64
        Coefficients of the regression of the shares, without the intercept.
    iterations : int
    bound, seconds : float
        Of all documents, in nats; of the processor.
    """

    doc_topic: np.ndarray
    topic_word: np.ndarray
    estimate: np.ndarray
    error: np.ndarray
    iterations: int
    bound: float
    seconds: float


def r_script(*arguments: str | Path | int) -> None:
    """Run stm_in_r.R."""
    subprocess.run(["Rscript", _SCRIPT, *map(str, arguments)], check=True)


def fitted_in_r(start: str, num_topics: int, draws: int, formula: str, folders: Sequence[Path]):
    """Return what R's stm finds in the documents of each folder."""
    r_script("fit", start, num_topics, draws, formula, *folders)
    return [_read(folder / start, num_topics) for folder in folders]


def _read(folder: Path, num_topics: int) -> Found:
    iterations, bound, seconds = _table(folder / "fit.csv")[0]
    effects = _table(folder / "effects.csv").reshape(num_topics, 2, -1)[:, :, 1:]
    return Found(
        _table(folder / "theta.csv"),
        _table(folder / "beta.csv"),
        effects[:, 0],
        effects[:, 1],
        int(iterations),
        bound,
        seconds,
    )


def _table(path: Path) -> np.ndarray:
    return np.loadtxt(path, delimiter=",", ndmin=2)


def write(corpus: Corpus, num_topics: int, seed: int, folder: Path) -> None:
    """Write documents, covariates and the topics that both fits start from."""
    folder.mkdir(exist_ok=True)
    mmwrite(folder / "counts.mtx", corpus.bow)
    (folder / "vocabulary.txt").write_text("\n".join(corpus.vocabulary) + "\n", encoding="utf-8")
    with (folder / "covariates.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(name.removeprefix("cov_") for name in corpus.covariates)
        writer.writerows(zip(*corpus.covariates.values(), strict=True))
    start = initial_topics(corpus.bow, num_topics, seed)
    np.savetxt(folder / "start.csv", start, delimiter=",", fmt="%.17g")


def read_documents(folder: Path) -> Corpus:
    """Return the documents that R has written."""
    bow = csr_array(mmread(folder / "counts.mtx")).astype(np.int32)
    bow.sort_indices()
    with (folder / "covariates.csv").open(newline="", encoding="utf-8") as file:
        names, *rows = csv.reader(file)
    columns = dict(zip(names, map(np.array, zip(*rows, strict=True)), strict=True))
    ends = np.concatenate([[0], np.cumsum(bow.sum(axis=1))]).astype(np.int64)
    n_docs, n_words = bow.shape
    return Corpus(
        vocabulary=tuple((folder / "vocabulary.txt").read_text(encoding="utf-8").split()),
        bow=bow,
        tokens=Tokens(ends, np.repeat(bow.indices, bow.data).astype(np.int32)),
        split=np.full(n_docs, Split.TRAIN, dtype=np.int8),
        first_halves=csr_array((0, n_words), dtype=np.int32),
        row_ids=[str(row) for row in range(n_docs)],
        covariates={f"cov_{name}": values for name, values in columns.items()},
        fingerprint=folder.name,
    )


def fitted_here(corpus: Corpus, num_topics: int, draws: int, seed: int, formula: str) -> Found:
    """Return what our stm finds."""
    options = StmOptions(num_topics=num_topics)
    began = time.process_time()
    output = Stm().fit(corpus, None, options, FitContext(seed=seed, progress=False))
    seconds = time.process_time() - began
    inputs = ModelInputs(corpus.bow, covariates=corpus.covariates)
    posterior = Stm().posterior(output.state, options, inputs)
    matrix = model_matrix(formula, columns_of(corpus), corpus.row_ids, 5)
    quantities = estimate_effects(matrix, posterior.draws(draws, seed)).of_kind(COEFFICIENT)
    numbers = [one.numbers for one in quantities if one.name != "Intercept"]
    return Found(
        output.doc_topic,
        output.topic_word,
        np.array([one.estimate for one in numbers], dtype=np.float64).T,
        np.array([one.standard_error for one in numbers], dtype=np.float64).T,
        len(output.history),
        output.history[-1]["bound"],
        seconds,
    )


def compare(name: str, ours: Found, theirs: Found) -> str:
    """Return a line of the table: theirs beside ours."""
    a, b = (
        found.topic_word / np.linalg.norm(found.topic_word, axis=1, keepdims=True)
        for found in (ours, theirs)
    )
    rows, order = linear_sum_assignment(-a @ b.T)
    cosine = (a @ b.T)[rows, order]
    theta = theirs.doc_topic[:, order]
    estimate, error = theirs.estimate[order], theirs.error[order]
    apart = np.abs(ours.estimate - estimate) / error
    return (
        f"{name:10s}  {theirs.iterations:4d}  {theirs.bound / len(theta):9.3f}  "
        f"{theirs.seconds:7.1f}  {np.median(cosine):6.3f}  {cosine.min():6.3f}  "
        f"{np.corrcoef(ours.doc_topic.ravel(), theta.ravel())[0, 1]:6.3f}  "
        f"{np.abs(ours.doc_topic - theta).mean():6.4f}  "
        f"{slope(estimate / error, ours.estimate / error):6.3f}  {np.median(apart):6.2f}  "
        f"{apart.max():6.2f}  {np.median(ours.error / error):6.2f}"
    )


def compare_fits(data: str, num_topics: int, draws: int, seed: int, folder: Path) -> None:
    """Print the table of a data set of the R package."""
    formula = _FORMULAS[data]
    r_script("export", data, folder)
    corpus = read_documents(folder)
    write(corpus, num_topics, seed, folder)
    ours = fitted_here(corpus, num_topics, draws, seed, formula)
    n_docs, n_words = corpus.bow.shape
    print(
        f"{data}: {n_docs:,} documents, {n_words:,} words, {num_topics} topics, {formula}",
        flush=True,
    )
    print(
        "R's start  iter.      bound  seconds  cosine    min.       θ  |Δθ|    effects  |Δ|/se"
        "    max.  se/se"
    )
    print(
        f"{'ours':10s}  {ours.iterations:4d}  {ours.bound / n_docs:9.3f}  {ours.seconds:7.1f}",
        flush=True,
    )
    for start in _STARTS:
        (theirs,) = fitted_in_r(start, num_topics, draws, formula, [folder])
        print(compare(start, ours, theirs), flush=True)


def trial_of(made: Planted, matrix: ModelMatrix, theirs: Found) -> Trial:
    """Return the effects of R's stm beside the planted ones."""
    order = order_of(made.doc_topic, theirs.doc_topic)
    sign = 1 if "right" in matrix.names[1] else -1
    freedom = np.full(len(order), float(np.subtract(*matrix.matrix.shape)))
    side, noise = (
        Pooled(theirs.estimate[order, column], theirs.error[order, column], freedom, freedom * 0)
        for column in range(2)
    )
    low, high = side.interval()
    true, theta = sign * made.effect, theirs.doc_topic[:, order]
    return Trial(
        estimate=(sign * side.estimate).tolist(),
        error=side.standard_error.tolist(),
        covered=((low <= true) & (true <= high)).tolist(),
        truth=made.effect.tolist(),
        alarms=(noise.p_value <= CLEAR).tolist(),
        adjusted=bool(adjust(noise.p_value[None]).benjamini_hochberg.min() <= CLEAR),
        shares=slope(made.doc_topic, theta),
        calibration=slope(theta, made.doc_topic),
        spread=float("nan"),
    )


def compare_coverage(n_corpora: int, n_docs: int, length: int, draws: int, folder: Path) -> None:
    """Print how well both cover planted effects."""
    trials: dict[str, list[Trial]] = {}
    corpora, folders = [], []
    for seed in range(n_corpora):
        made = planted(seed, n_docs, length)
        whole = replace(made.corpus, split=np.full(n_docs, Split.TRAIN, dtype=np.int8))
        made = replace(made, corpus=whole)
        matrix = model_matrix(_SIMULATED, columns_of(whole), whole.row_ids, 5)
        num_topics = len(made.topic_word)
        write(whole, num_topics, seed, folder / str(seed))
        corpora.append((made, matrix))
        folders.append(folder / str(seed))
        fit = Fit("stm", made, seed)
        for kind in ("model", "calibrated"):
            drawn = fit.draws(kind, matrix.matrix)
            trials.setdefault(f"ours, {kind}", []).append(try_effects(made, matrix, drawn))
    for start in _STARTS:
        found = fitted_in_r(start, num_topics, draws, _SIMULATED, folders)
        trials[f"R, {start}"] = [
            trial_of(*corpus, theirs) for corpus, theirs in zip(corpora, found, strict=True)
        ]
    print(f"{n_corpora} corpora of {n_docs:,} documents, {length} tokens")
    print("shares            covered  effects  calibration  alarms  adjusted  error/sd")
    for name, tried in trials.items():
        one = Recovery.of(tried)
        print(
            f"{name:16s}  {one.covered:7.1%}  {one.slope:7.2f}  {one.calibration:11.2f}  "
            f"{one.alarms:6.1%}  {one.adjusted:8.1%}  {one.width:8.2f}"
        )


def main(argv: Sequence[str] | None = None) -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--data", choices=sorted(_FORMULAS), help="compare fits of a data set")
    what.add_argument("--planted", type=int, help="compare coverage in so many corpora")
    parser.add_argument("--num_topics", type=int, default=20, help="with --data (20)")
    parser.add_argument("--documents", type=int, default=300, help="with --planted (300)")
    parser.add_argument("--length", type=int, default=60, help="tokens, with --planted (60)")
    parser.add_argument("--draws", type=int, default=25, help="of the shares (25)")
    parser.add_argument("--seed", type=int, default=0, help="with --data (0)")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if args.data:
            compare_fits(args.data, args.num_topics, args.draws, args.seed, folder)
        else:
            compare_coverage(args.planted, args.documents, args.length, args.draws, folder)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
