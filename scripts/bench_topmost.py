"""ProdLDA and CTM beside TopMost's own, on the same documents: coherence, diversity, seconds.

    pip install topmost
    python scripts/bench_topmost.py --data /path/to/20ng --epochs 50 --num_topics 20

The folder is that of bench_models.py. All documents train; both sides have the same numbers of
epochs, topics, documents per batch (200) and hidden units (200), the learning rate 0.002, and
their own defaults otherwise. TopMost's CTM (CombinedTM, whose encoder reads the embeddings alone)
is held against --inference_type zeroshot. NPMI and TD@10 are of the ten top words, by
theta.evaluation for both. Seconds are the processor's, on one thread, per epoch; one whole training
follows the other.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
from quality_data import read_folder
from torch.utils.data import DataLoader

from theta.contracts import Corpus, Embeddings
from theta.evaluation import coherence, diversity
from theta.evaluation.inputs import EvaluationInputs
from theta.models import MODELS
from theta.models.base import FitContext

BATCH = 200
HIDDEN = 200
RATE = 0.002
TOP = 25


def main() -> None:
    """Train both sides and print a line each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--models", default="prodlda,ctm")
    parser.add_argument("--num_topics", type=int, default=20)
    parser.add_argument("--epochs", type=int, default=50)
    parser.add_argument("--seeds", default="0")
    parser.add_argument("--documents", type=int, help="the first so many of a random order")
    args = parser.parse_args()
    torch.set_num_threads(1)
    corpus, embeddings = read_folder(args.data)
    rows = np.arange(corpus.n_docs)
    if args.documents is not None:
        rows = np.sort(np.random.default_rng(0).permutation(rows)[: args.documents])
    print(f"{len(rows)} documents, {corpus.n_words} words, {args.epochs} epochs")
    print(f"{'model':10}{'whose':10}{'seed':>5}{'NPMI':>8}{'TD@10':>8}{'s/epoch':>9}", flush=True)
    sides = [("theta", train_ours), ("topmost", train_theirs)]
    if importlib.util.find_spec("topmost") is None:
        print("topmost is not installed: its side is left out")
        del sides[1]
    for name in args.models.split(","):
        for seed in map(int, args.seeds.split(",")):
            for whose, train in sides:
                began = time.process_time()
                scores = train(name, corpus, embeddings, rows, args.num_topics, args.epochs, seed)
                seconds = (time.process_time() - began) / args.epochs
                npmi, td = evaluate(scores, corpus)
                print(f"{name:10}{whose:10}{seed:5d}{npmi:8.3f}{td:8.3f}{seconds:9.2f}", flush=True)


def train_ours(
    name: str,
    corpus: Corpus,
    embeddings: Embeddings,
    rows: np.ndarray,
    num_topics: int,
    epochs: int,
    seed: int,
) -> np.ndarray:
    """Return what ranks the words of each topic: (num_topics, n_words)."""
    from dataclasses import replace

    from quality_data import part_of

    part, vectors = part_of(replace(corpus, labels=None), embeddings, rows)
    options: Any = MODELS[name].Options(
        num_topics=num_topics,
        epochs=epochs,
        batch_size=BATCH,
        hidden_dim=HIDDEN,
        learning_rate=RATE,
    )
    output = MODELS[name]().fit(part, vectors, options, FitContext(seed=seed, progress=False))
    scores = output.word_scores
    assert scores is not None
    return scores


def train_theirs(
    name: str,
    corpus: Corpus,
    embeddings: Embeddings,
    rows: np.ndarray,
    num_topics: int,
    epochs: int,
    seed: int,
) -> np.ndarray:
    """Return the same of TopMost's."""
    import topmost

    torch.manual_seed(seed)
    texts = corpus.bow[rows].toarray().astype(np.float32)
    if name == "prodlda":
        model = topmost.ProdLDA(corpus.n_words, num_topics=num_topics, en_units=HIDDEN)
    else:
        vectors = np.asarray(embeddings.documents[rows], dtype=np.float32)
        texts = np.concatenate([texts, vectors], axis=1)
        model = topmost.CombinedTM(
            corpus.n_words, vectors.shape[1], num_topics=num_topics, en_units=HIDDEN
        )

    class Dataset:
        """What TopMost's trainer reads of its own data sets."""

        train_data = torch.from_numpy(texts)
        vocab = corpus.vocabulary
        train_dataloader = DataLoader(train_data, batch_size=BATCH, shuffle=True)

    trainer = topmost.BasicTrainer(
        model, Dataset, epochs=epochs, learning_rate=RATE, batch_size=BATCH
    )
    trainer.train()
    beta: np.ndarray = trainer.get_beta()
    return beta


def evaluate(scores: np.ndarray, corpus: Corpus) -> tuple[float, float]:
    """Return NPMI and TD@10 of the top words."""
    evidence = EvaluationInputs(
        top_words=np.argsort(-scores, axis=1, kind="stable")[:, :TOP],
        topic_word=scores,
        doc_topic=np.empty((0, len(scores))),
        reference=corpus.tokens,
        label_codes=None,
        held_out=None,
    )
    found = [*coherence.measure(evidence), *diversity.measure(evidence)]
    values = {metric.name: metric.value for metric in found}
    npmi, td = values["NPMI"], values["TD@10"]
    assert npmi is not None
    assert td is not None
    return npmi, td


if __name__ == "__main__":
    main()
