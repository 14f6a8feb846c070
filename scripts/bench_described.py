"""Print how well topics meet their descriptions: which documents they find, and which fit.

    python scripts/bench_described.py --corpus /path/to/20ng

A tenth of the documents, drawn by the seed, is held out; it chooses the thresholds of `fits`, which
the other documents judge. Each of six groups of 20 Newsgroups has a description. Precision and
recall are those of "the main topic of the document is the group's"; without descriptions the topics
are matched to the groups by their labels (Hungarian method on F1), which a user does not have.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from quality_contestants import QUICK
from quality_data import read_folder, with_split
from scipy.optimize import linear_sum_assignment

from theta.contracts import Split
from theta.embeddings.loading import load_encoder
from theta.embeddings.settings import EmbeddingSettings
from theta.embeddings.space import find_space
from theta.models.base import FitContext
from theta.models.described_topics import NO_FIT, DescriptionFit
from theta.models.theta import Theta
from theta.models.theta_options import ThetaOptions

DESCRIPTIONS = {
    "plain": {
        "sci.med": "Medicine: diseases, treatments, drugs, diet and questions to doctors",
        "rec.autos": "Cars: buying, driving and repairing automobiles",
        "sci.space": "Space flight: rockets, satellites, missions to the moon and the planets",
        "talk.politics.guns": "Guns: gun control laws and the right to own firearms",
        "sci.crypt": "Encryption: ciphers, keys, wiretapping and the government's access to "
        "private communication",
        "rec.sport.hockey": "Ice hockey: teams, players, games and playoffs",
    },
    "close": {
        "rec.motorcycles": "Motorcycles: bikes, riding and riders' gear",
        "comp.sys.mac.hardware": "Macintosh hardware: Apple computers and their parts",
        "misc.forsale": "For sale: used things offered for money, with prices and shipping",
        "sci.electronics": "Electronics: circuits, components and measuring instruments",
        "alt.atheism": "Atheism: arguments about the existence of god",
        "comp.windows.x": "X window system: graphical programs on Unix workstations",
    },
    "absent": {
        "cooking": "Cooking: recipes, ingredients and kitchens",
        "gardening": "Gardening: plants, soil and flowers",
    },
}
"""By set, the description of each group. No document is about those of the last set."""

COLUMNS = ("topics", "precision", "recall", "F1", "fits: precision", "recall", "others pass", "fit")


def main() -> None:
    """Print one line per set of descriptions and seed, with and without the descriptions."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--corpus", type=Path, required=True, help="see quality_data")
    parser.add_argument("--sets", nargs="+", default=list(DESCRIPTIONS), choices=DESCRIPTIONS)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--num_topics", type=int, default=20)
    args = parser.parse_args()
    corpus, embeddings = read_folder(args.corpus)
    assert corpus.labels is not None
    code = {name: i for i, name in enumerate(corpus.labels.names)}
    print("set", "seed", *COLUMNS, "CPU seconds", sep="\t")
    for name in args.sets:
        groups = DESCRIPTIONS[name]
        truth = np.full(corpus.n_docs, NO_FIT)
        for k, group in enumerate(groups):
            truth[corpus.labels.codes == code.get(group, -2)] = k
        for seed in args.seeds:
            split = with_split(corpus, seed)
            train = split.rows(Split.TRAIN)
            for topics in ([], list(groups.values())):
                began = time.process_time()
                state, doc_topic = _fit(split, embeddings, topics, args.num_topics, seed)
                seconds = time.process_time() - began
                main_topics = doc_topic.argmax(axis=1)
                values: list[Any] = ["described" if topics else "free"]
                if not topics:
                    main_topics = _matched(main_topics, truth, len(groups))
                values += _agreement(main_topics, truth, len(groups))
                if topics:
                    values += _fits(state, embeddings.documents, main_topics, truth, train)
                shown = [f"{v:.3f}" if isinstance(v, float) else v for v in values]
                print(name, seed, *shown, f"{seconds:.0f}", sep="\t", flush=True)


def _fit(
    corpus: Any, embeddings: Any, topics: list[str], num_topics: int, seed: int
) -> tuple[Any, NDArray[np.float32]]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "topics.txt"
        path.write_text("\n".join(topics), encoding="utf-8")
        options = ThetaOptions(num_topics=num_topics, topics=path if topics else None, **QUICK)
        context = FitContext(seed=seed, progress=False, embed=_embed)
        output = Theta().fit(corpus, embeddings, options, context)
    return output.state, output.doc_topic


def _embed(texts: Any) -> NDArray[np.float32]:
    settings = EmbeddingSettings(
        model_size="mini",
        models_dir=None,
        device="cpu",
        progress=False,
        max_length=256,
        precision="float32",
    )
    checkpoint = find_space(settings).checkpoint
    assert checkpoint is not None
    return load_encoder(checkpoint, settings).encode(texts)


def _matched(
    main_topics: NDArray[np.intp], truth: NDArray[np.intp], n_groups: int
) -> NDArray[np.intp]:
    """Return the group that each document's main topic is matched with, or `NO_FIT`."""
    n_topics = int(main_topics.max()) + 1
    shared = np.zeros((n_groups, n_topics))
    described = truth != NO_FIT
    np.add.at(shared, (truth[described], main_topics[described]), 1)
    sizes = np.bincount(truth[described], minlength=n_groups)[:, None]
    f1 = 2 * shared / (sizes + np.bincount(main_topics))
    groups, topics = linear_sum_assignment(-f1)
    group_of = np.full(n_topics, NO_FIT)
    group_of[topics] = groups
    return group_of[main_topics]


def _agreement(
    found: NDArray[np.intp], truth: NDArray[np.intp], n_groups: int
) -> tuple[float, float, float]:
    """Return mean precision, recall and F1 over the groups."""
    scores = []
    for k in range(n_groups):
        both = float(((found == k) & (truth == k)).sum())
        precision, recall = both / max((found == k).sum(), 1), both / max((truth == k).sum(), 1)
        scores.append((precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)))
    precision, recall, f1 = np.mean(scores, axis=0).tolist()
    return precision, recall, f1


def _fits(
    state: Any,
    documents: NDArray[Any],
    main_topics: NDArray[np.intp],
    truth: NDArray[np.intp],
    rows: NDArray[np.intp],
) -> list[float]:
    """Return precision and recall of fits, the share of others that would pass, and that fits."""
    fit = DescriptionFit.from_arrays(state)
    assert fit is not None
    similarity = fit.similarity(documents)[rows]
    fitting = fit.fitting(similarity, main_topics[rows])
    n_groups = len(fit.vectors)
    precision, recall, _ = _agreement(fitting, truth[rows], n_groups)
    passing = similarity >= fit.thresholds
    others = [float(passing[truth[rows] != k, k].mean()) for k in range(n_groups)]
    own = main_topics[rows] < n_groups
    return [precision, recall, float(np.mean(others)), float((fitting[own] != NO_FIT).mean())]


if __name__ == "__main__":
    main()
