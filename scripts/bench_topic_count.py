"""Print how close `--num_topics auto` comes to the number of classes of corpora that have classes.

    python scripts/bench_topic_count.py --corpora /path/to/20ng

Three kinds of corpora: each folder as a whole (real), random subsets of its classes (subset), and
documents drawn from known topics (planted; the only kind without --corpora). A folder holds
bow.npz (SciPy's sparse counts), one *.csv.gz with a column label and, if classes are in groups, a
column group; and documents_mini.npy if there are vectors. Without vectors, or with --counts, the
counts alone are used.

error: |log2(K / K*)|, 1 is wrong by a factor of two. An unsupported estimate is in parentheses; its
error is that of the fallback that a run takes. For topics in groups the nearer level counts. The
labels are only compared with the result.

--best adds the number whose clusters agree best with the classes by adjusted mutual information:
the choice of a method that sees the labels. --save keeps the curves, a line of JSON per corpus, so
that another rule can be tried on them.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, load_npz

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from theta.models.document_space import sample_rows
from theta.models.split_halves import SplitHalves
from theta.models.topic_count import estimate_topic_count
from theta.models.topic_count_estimate import TopicCountEstimate

PLANTED = (5, 10, 20, 40)
GROUPS = ((4, 5), (3, 8))
LOW, HIGH = 0.8, 1.6
"""Noise of the planted vectors, relative to the distance of a topic from the centre."""

FACTOR = np.log2(1.25)


@dataclass(frozen=True)
class Case:
    """A corpus whose number of topics is known; `levels` holds more than one for groups."""

    name: str
    kind: str
    levels: tuple[int, ...]
    bow: csr_array
    vectors: NDArray[Any] | None
    labels: NDArray[Any]


@dataclass(frozen=True)
class Result:
    """An estimate beside the truth, and the number that agrees best with the labels."""

    case: Case
    estimate: TopicCountEstimate
    cpu: float
    best: int | None

    @property
    def error(self) -> float:
        """|log2(K / K*)| of the nearer level."""
        return self.error_of(self.estimate.number)

    def error_of(self, number: int) -> float:
        """Return |log2(number / K*)| of the nearer level."""
        return min(abs(float(np.log2(number / k))) for k in self.case.levels)

    @property
    def covered(self) -> bool:
        """Whether the range holds a level."""
        low, high = self.estimate.within or (0, 0)
        return any(low <= k <= high for k in self.case.levels)


def main() -> None:
    """Print a line per corpus and seed, then a summary per kind."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--corpora", type=Path, nargs="*", default=[])
    parser.add_argument("--seeds", default="0")
    parser.add_argument("--subsets", type=int, default=2, help="of each size, per folder")
    parser.add_argument("--sizes", default="3,5,10,15", help="classes of the subsets")
    parser.add_argument("--documents", type=int, default=4_000, help="of planted corpora, subsets")
    parser.add_argument("--counts", action="store_true", help="use the counts alone")
    parser.add_argument("--kinds", default="real,subset,planted")
    parser.add_argument("--best", action="store_true", help="what the labels would choose")
    parser.add_argument("--save", type=Path, help="file to add the curves to")
    asked = parser.parse_args()
    kinds = asked.kinds.split(",")
    found = []
    print("corpus\tK*\tfound\trange\tlevels\tsupported\terror\tCPU s\tbest by the labels")
    for seed in map(int, asked.seeds.split(",")):
        for case in cases(asked, kinds, seed):
            began = time.process_time()
            vectors = None if asked.counts else case.vectors
            estimate = estimate_topic_count(case.bow, vectors, seed)
            cpu = time.process_time() - began
            best = best_by_labels(case, vectors, estimate, seed) if asked.best else None
            found.append(Result(case, estimate, cpu, best))
            print(line(found[-1]), flush=True)
            if asked.save:
                save(asked.save, found[-1])
    for kind in dict.fromkeys(result.case.kind for result in found):
        print(summary(kind, [result for result in found if result.case.kind == kind]))


def cases(asked: argparse.Namespace, kinds: Sequence[str], seed: int) -> Iterator[Case]:
    """Yield the corpora of some kinds, drawn by a seed."""
    for folder in asked.corpora:
        whole = read_folder(folder)
        if "real" in kinds:
            yield whole
        if "subset" in kinds:
            sizes = [int(size) for size in asked.sizes.split(",")]
            yield from subsets(whole, sizes, asked.subsets, asked.documents, seed)
    if "planted" in kinds:
        for n_topics in PLANTED:
            yield planted(1, n_topics, LOW, asked.documents, seed)
        for n_topics in PLANTED[1:3]:
            yield planted(1, n_topics, HIGH, asked.documents, seed)
        for n_groups, n_topics in GROUPS:
            yield planted(n_groups, n_topics, LOW, asked.documents, seed)


def best_by_labels(
    case: Case, vectors: NDArray[Any] | None, estimate: TopicCountEstimate, seed: int
) -> int:
    """Return the number of the grid whose clusters agree best with the labels, on three splits."""
    from sklearn.metrics import adjusted_mutual_info_score

    rows = sample_rows(len(case.labels), estimate.n_docs, seed)
    chosen = None if vectors is None else np.asarray(vectors[rows])
    halves = SplitHalves(case.bow[rows], chosen, seed, estimate.grid[-1])
    agreement = [
        np.mean([
            adjusted_mutual_info_score(case.labels[rows], topics)
            for split in range(3)
            for topics in halves.topics(number, split)
        ])
        for number in estimate.grid
    ]  # fmt: skip
    return estimate.grid[int(np.argmax(agreement))]


def read_folder(folder: Path) -> Case:
    """Return the corpus of a folder."""
    (table,) = folder.glob("*.csv.gz")
    csv.field_size_limit(sys.maxsize)
    with gzip.open(table, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    labels, groups = (
        np.array([row[name] for row in rows if name in row]) for name in ("label", "group")
    )
    levels = tuple(len(set(names)) for names in (labels, groups) if len(names))
    bow = csr_array(load_npz(folder / "bow.npz").astype(np.int32))
    path = folder / "documents_mini.npy"
    vectors = np.load(path) if path.exists() else None
    return Case(folder.name, "real", levels, bow, vectors, labels)


def subsets(
    whole: Case, sizes: Sequence[int], n_each: int, n_docs: int, seed: int
) -> Iterator[Case]:
    """Yield documents of randomly chosen classes, those of fewer than 50 documents aside."""
    names, counts = np.unique(whole.labels, return_counts=True)
    names = names[counts >= 50]
    for size in [size for size in sizes if size < len(names)]:
        for draw in range(n_each):
            rng = np.random.default_rng([seed, size, draw])
            rows = np.flatnonzero(np.isin(whole.labels, rng.choice(names, size, replace=False)))
            rows = np.sort(rng.permutation(rows)[:n_docs])
            vectors = None if whole.vectors is None else whole.vectors[rows]
            name = f"{whole.name}, {size} classes"
            yield Case(name, "subset", (size,), whole.bow[rows], vectors,
                       whole.labels[rows])  # fmt: skip


def planted(n_groups: int, n_topics: int, noise: float, n_docs: int, seed: int) -> Case:
    """Return documents of one topic each, of `n_topics` topics in each of `n_groups` groups.

    A vector is the topic's centre plus normal noise of `noise` times its length; of 60 tokens, a
    share of 1 / (1 + 2 noise) is drawn from the topic's words, the others by Zipf's law.
    """
    rng = np.random.default_rng([seed, n_groups, n_topics])
    total, n_words, dim = n_groups * n_topics, 3_000, 64
    topic = rng.integers(total, size=n_docs)
    centers = rng.standard_normal((total, dim)) / np.sqrt(dim)
    own = rng.dirichlet(np.full(n_words, 0.02), total)
    if n_groups > 1:
        group = np.arange(total) // n_topics
        centers = 0.8 * (rng.standard_normal((n_groups, dim)) / np.sqrt(dim))[group] + 0.6 * centers
        own = 0.5 * rng.dirichlet(np.full(n_words, 0.02), n_groups)[group] + 0.5 * own
    vectors = centers[topic] + noise / np.sqrt(dim) * rng.standard_normal((n_docs, dim))
    share = 1 / (1 + 2 * noise)
    common = rng.permutation(1 / np.arange(1, n_words + 1))
    words = share * own + (1 - share) * common / common.sum()
    bow = np.stack([rng.multinomial(60, words[k] / words[k].sum()) for k in topic])
    level = "high" if noise > 1 else "low"
    name = f"{n_groups} × {n_topics}" if n_groups > 1 else str(n_topics)
    levels = (total, n_groups) if n_groups > 1 else (total,)
    vectors = vectors.astype(np.float32)
    return Case(f"planted {name}, {level} noise", f"planted, {level} noise", levels,
                csr_array(bow), vectors, topic)  # fmt: skip


def line(result: Result) -> str:
    """Return one line of the table."""
    case, estimate = result.case, result.estimate
    best = str(estimate.best) if estimate.supported else f"({estimate.best})"
    levels = ", ".join(map(str, estimate.levels))
    cells = [case.name, " or ".join(map(str, case.levels)), best]
    cells += [f"{estimate.low}-{estimate.high}", levels, "yes" if estimate.supported else "no"]
    cells += [f"{result.error:.2f}", f"{result.cpu:.0f}", str(result.best or "")]
    return "\t".join(cells)


def save(path: Path, result: Result) -> None:
    """Add the estimate and its curve to a file."""
    case = result.case
    about = {"corpus": case.name, "kind": case.kind, "levels": case.levels, "best": result.best}
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps({**about, "estimate": result.estimate.record()}) + "\n")


def summary(kind: str, results: Sequence[Result]) -> str:
    """Return the figures of one kind of corpora in a line."""
    sure = [result for result in results if result.estimate.supported]
    near = sum(result.error <= FACTOR + 1e-9 for result in sure)
    wrong = sum(result.error >= 1 for result in sure)
    errors = [result.error for result in results]
    mean, spread = np.mean(errors), np.std(errors, ddof=1) if len(errors) > 1 else np.nan
    uncertain = f"{mean:.2f} ± {spread / np.sqrt(len(errors)):.2f} (standard error)"
    by_labels = [result.error_of(result.best) for result in results if result.best]
    best = f"; by the labels: mean error {np.mean(by_labels):.2f}" if by_labels else ""
    return (
        f"{kind}: mean error {uncertain} over {len(results)}; supported {len(sure)}; of these, "
        f"within a factor of 1.25: {near}, wrong by a factor of 2: {wrong}, in the range: "
        f"{sum(result.covered for result in sure)}{best}"
    )


if __name__ == "__main__":
    main()
