"""Print how far topics move in an update, and whether a new topic finds the documents of a group.

    python scripts/bench_update.py --corpus /path/to/20ng

The earlier run has half of the documents, drawn by the seed; with --new_group, none of that
newsgroup. It goes on with all documents (*update*), which are also trained from the beginning
(*anew*), topics matched to the earlier ones by their words. moved: median and largest
Jensen-Shannon divergence of a topic's words before and after. same documents: share of the earlier
documents whose main topic is still the one with this number.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from quality_contestants import QUICK
from quality_data import part_of, read_folder, with_split
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import normalized_mutual_info_score

from theta.contracts import TopicModelOutput
from theta.models.base import FitContext
from theta.models.earlier_topics import EarlierTopics
from theta.models.theta import Theta
from theta.models.theta_options import ThetaOptions
from theta.plots.similarity import word_similarity

COLUMNS = ("moved", "most", "same documents", "NMI", "new: precision", "recall", "CPU seconds")


def main() -> None:
    """Print one line per seed and way of training."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--corpus", type=Path, required=True, help="see quality_data")
    parser.add_argument("--new_group", help="label of the documents that the earlier run lacks")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--num_topics", type=int, default=20, help="of the earlier run")
    args = parser.parse_args()
    corpus, embeddings = read_folder(args.corpus)
    assert corpus.labels is not None
    codes = corpus.labels.codes
    new_code = corpus.labels.names.index(args.new_group) if args.new_group else -2
    print("seed", "way", *COLUMNS, sep="\t")
    for seed in args.seeds:
        split = with_split(corpus, seed)
        half = np.random.default_rng(seed).permutation(corpus.n_docs)[: corpus.n_docs // 2]
        rows = np.sort(half[codes[half] != new_code])
        before = _fit(*part_of(split, embeddings, rows), args.num_topics, seed)
        n_new = int(new_code >= 0)
        numbers = tuple(range(args.num_topics + n_new))
        start = _earlier(before, numbers)
        ways: dict[str, EarlierTopics | None] = {"update": start, "anew": None}
        for way, earlier in ways.items():
            began = time.process_time()
            after = _fit(split, embeddings, len(numbers), seed, earlier)
            seconds = time.process_time() - began
            own = np.arange(args.num_topics)
            if earlier is None:
                own = _matched(before, after)
            moved = _distances(before, after)[np.arange(args.num_topics), own]
            main_topics = after.doc_topic.argmax(axis=1)
            same = own[before.doc_topic.argmax(axis=1)] == main_topics[rows]
            values = [np.median(moved), moved.max(), same.mean()]
            values += [normalized_mutual_info_score(codes, main_topics)]
            (new,) = np.setdiff1d(numbers, own) if n_new else (None,)
            values += _found(main_topics == new, codes == new_code)
            shown = [f"{value:.3f}" for value in values]
            print(seed, way, *shown, f"{seconds:.0f}", sep="\t", flush=True)


def _fit(
    corpus: Any, embeddings: Any, num_topics: int, seed: int, earlier: EarlierTopics | None = None
) -> TopicModelOutput:
    options = ThetaOptions(num_topics=num_topics, **QUICK)
    context = FitContext(seed=seed, progress=False, earlier=earlier)
    return Theta().fit(replace(corpus, labels=None), embeddings, options, context)


def _earlier(before: TopicModelOutput, numbers: tuple[int, ...]) -> EarlierTopics:
    assert before.topic_embeddings is not None
    return EarlierTopics(
        numbers=numbers,
        topic_word=before.topic_word,
        known=np.ones(before.topic_word.shape[1], dtype=bool),
        centers=before.topic_embeddings + before.state["encoder.center"],
        names={},
        sources={},
        descriptions=None,
        fingerprint="",
    )


def _distances(before: TopicModelOutput, after: TopicModelOutput) -> NDArray[np.float64]:
    n_before = len(before.topic_word)
    both = np.vstack([before.topic_word, after.topic_word])
    return 1 - word_similarity(both)[:n_before, n_before:]


def _matched(before: TopicModelOutput, after: TopicModelOutput) -> NDArray[np.intp]:
    """Return the topic of `after` that each topic of `before` is most similar to, one to one."""
    return linear_sum_assignment(_distances(before, after))[1]


def _found(found: NDArray[np.bool_], wanted: NDArray[np.bool_]) -> list[float]:
    both = float((found & wanted).sum())
    return [both / max(float(found.sum()), 1), both / max(float(wanted.sum()), 1)]


if __name__ == "__main__":
    main()
