"""Print the topics that are flagged as useless, to count false alarms.

    python scripts/bench_flags.py --corpora /path/to/20ng --num_topics 20,50 --seeds 0,1,2

A folder is one of bench_quality.py: vocab.json, bow.npz, vectors and one *.csv.gz with the texts.
The words of signatures and the like, which rank last, are printed first. THETA is trained with the
quick schedule of that script; `--num_topics 0` trains nothing. Each flagged topic is a line with
the run, the flag and the top words; whether the topic is of no use is for the reader to judge.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from pathlib import Path

import numpy as np
from quality_contestants import QUICK
from quality_data import read_folder, read_texts, with_split

from theta.corpus.languages import stop_words
from theta.corpus.recognition import decide_language
from theta.corpus.tokenize import TokenRules
from theta.evaluation.health import doubled_topics
from theta.evaluation.repeated_passages import attached_words
from theta.evaluation.topic_flags import flag_topics
from theta.models.base import FitContext
from theta.models.theta import Theta
from theta.models.theta_options import ThetaOptions
from theta.run.topic_flags import topic_evidence


def main() -> None:
    """Print a line per flagged topic and one per run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--corpora", type=Path, nargs="+", required=True)
    parser.add_argument("--num_topics", default="20,50")
    parser.add_argument("--seeds", default="0")
    asked = parser.parse_args()
    for folder in asked.corpora:
        print_attached_words(folder)
        for num_topics in filter(None, map(int, asked.num_topics.split(","))):
            for seed in map(int, asked.seeds.split(",")):
                print_flags(folder, num_topics, seed)


def print_attached_words(folder: Path) -> None:
    """Print the words of the corpus that rank last."""
    corpus, _ = read_folder(folder)
    attached = attached_words(corpus.tokens, len(corpus.vocabulary))
    words = " ".join(corpus.vocabulary[v] for v in np.flatnonzero(attached))
    print(f"{folder.name}: words of attached text: {words or 'none'}", flush=True)


def print_flags(folder: Path, num_topics: int, seed: int) -> None:
    """Train once and print the flagged topics."""
    corpus, embeddings = read_folder(folder)
    texts = read_texts(folder)
    code = decide_language(texts[:1000]).code
    rules = (TokenRules(code, stop_words(code), lowercase=True, keep_numbers=False),)
    options = ThetaOptions(num_topics=num_topics, **QUICK)
    context = FitContext(seed=seed, progress=False)
    output = Theta().fit(with_split(corpus, seed), embeddings, options, context)
    top_words = output.top_words(10)
    began = time.process_time()
    evidence = topic_evidence(corpus, texts, rules, output.doc_topic, top_words)
    flags = flag_topics(evidence, doubled_topics(top_words), range(num_topics))
    seconds = time.process_time() - began
    for flag in flags:
        words = " ".join(corpus.vocabulary[word] for word in top_words[flag.topics[0]])
        print(folder.name, num_topics, seed, flag.name, words, sep="\t", flush=True)
    counts = ", ".join(f"{n} {name}" for name, n in Counter(f.name for f in flags).items())
    print(
        f"{folder.name}, {num_topics} topics, seed {seed}: {counts or 'none'} ({seconds:.1f} CPU s)"
    )


if __name__ == "__main__":
    main()
