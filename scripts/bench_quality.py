"""Print how good topics are: coherence, diversity and agreement with labels, method by method.

    python scripts/bench_quality.py --corpora /path/to/20ng --models theta control keynmf

All methods get the same vectors and words. A tenth of the documents, drawn by the seed, is for
validation; the others train. NPMI and C_V are gensim's c_npmi and c_v over the top 10 words on the
vocabulary tokens of all texts; TD10 is the share of different words among them; NMI and purity
compare the dominant topic with the label, which no method has seen. judge: embedding coherence by
the table of English word vectors that comes with the package, which no method ranks by; rating:
the rating from 1 to 3 that people are expected to give. perplexity: from THETA's ELBO of the
validation documents.
"""

from __future__ import annotations

import argparse
import ast
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from quality_contestants import CONTESTANTS, QUICK, Task, Topics
from quality_data import part_of, read_folder, with_split
from sklearn.metrics import normalized_mutual_info_score

from theta.contracts import UNLABELLED, Corpus, Embeddings
from theta.evaluation.agreement import purity
from theta.evaluation.coherence import C_V_WINDOW, NPMI_WINDOW, c_v, npmi
from theta.evaluation.diversity import topic_diversity
from theta.evaluation.meaning import describe_words, expected_rating
from theta.evaluation.windows import count_windows
from theta.run.word_vectors import word_vectors_of

COLUMNS = ("NPMI", "C_V", "TD10", "NMI", "purity", "judge", "rating", "perplexity", "seconds")
RANKED = ("NPMI", "C_V", "TD10", "NMI", "purity", "judge", "rating")


def main() -> None:
    """Print one line per method, number of topics and seed; then means, and who is first."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--corpora", type=Path, nargs="+", required=True, help="see quality_data")
    parser.add_argument("--models", nargs="+", default=["theta"], help=", ".join(CONTESTANTS))
    parser.add_argument("--k", type=numbers, default=[20, 50])
    parser.add_argument("--seeds", type=numbers, default=[0, 1, 2])
    parser.add_argument("--schedule", choices=("quick", "default"), default="quick")
    parser.add_argument(
        "--other_half",
        action="store_true",
        help="train on half of the documents and measure coherence on the texts of the others",
    )
    parser.add_argument("--show_words", action="store_true", help="print the top words too")
    parser.add_argument("--out", type=Path, help="JSON lines; what is there is not computed again")
    parser.add_argument("--picture", type=Path, help="draw NMI against NPMI")
    args = parser.parse_args()
    known = read_lines(args.out)
    found = []
    for folder in args.corpora:
        corpus, embeddings = read_folder(folder)
        for num_topics in args.k:
            print(f"\n{'method':34}{'K':>4}{'seed':>6}" + "".join(f"{c:>11}" for c in COLUMNS))
            for model in args.models:
                for seed in args.seeds:
                    about = {
                        "corpus": folder.name,
                        "K": num_topics,
                        "model": model,
                        "seed": seed,
                        "schedule": args.schedule,
                        "other_half": args.other_half,
                    }
                    row = known.get(json.dumps(about))
                    if row is None:
                        row = about | bench(corpus, embeddings, about, args)
                        write_line(args.out, row)
                    found.append(row)
                    print_line(row, str(seed), row)
    for folder in args.corpora:
        for num_topics in args.k:
            chosen = [r for r in found if r["corpus"] == folder.name and r["K"] == num_topics]
            print_means(folder.name, num_topics, chosen)
    if args.picture is not None:
        draw(found, args.picture)


def bench(
    corpus: Corpus, embeddings: Embeddings, about: dict[str, Any], args: argparse.Namespace
) -> dict[str, float]:
    """Return the columns of one method, number of topics and seed."""
    name, _, text = about["model"].partition(":")
    changes = dict(part.split("=") for part in text.split(",") if part)
    training, vectors, reference = corpus, embeddings, corpus
    if about["other_half"]:
        order = np.random.default_rng(about["seed"]).permutation(corpus.n_docs)
        half = corpus.n_docs // 2
        training, vectors = part_of(corpus, embeddings, np.sort(order[:half]))
        reference, _ = part_of(corpus, embeddings, np.sort(order[half:]))
    task = Task(
        with_split(training, about["seed"]),
        vectors,
        about["K"],
        about["seed"],
        QUICK if about["schedule"] == "quick" else {},
        {key: ast.literal_eval(value) for key, value in changes.items()},
    )
    began = time.perf_counter()
    topics = CONTESTANTS[name](task)
    seconds = time.perf_counter() - began
    if args.show_words:
        for words in topics.top_words:
            print("   ", " ".join(corpus.vocabulary[v] for v in words))
    return evaluate(topics, training, reference) | {"seconds": seconds}


def evaluate(topics: Topics, training: Corpus, reference: Corpus) -> dict[str, float]:
    """Return the columns but for the seconds."""
    near, far = count_windows(topics.top_words, reference.tokens, [NPMI_WINDOW, C_V_WINDOW])
    agreement = purity_found = float("nan")
    if training.labels is not None:
        labelled = training.labels.codes != UNLABELLED
        codes, dominant = training.labels.codes[labelled], topics.doc_topic[labelled].argmax(axis=1)
        agreement = float(normalized_mutual_info_score(codes, dominant))
        _, purity_found = purity(dominant, codes, topics.doc_topic.shape[1])
    coherence = c_v(far)
    judge, rating = judged(reference, topics, coherence)
    return {
        "NPMI": float(np.mean(npmi(near))),
        "C_V": float(np.mean(coherence)),
        "TD10": float(np.mean(topic_diversity(topics.top_words))),
        "NMI": agreement,
        "purity": purity_found,
        "judge": judge,
        "rating": rating,
        "perplexity": topics.perplexity,
    }


def judged(corpus: Corpus, topics: Topics, c_v: NDArray[np.floating]) -> tuple[float, float]:
    """Return embedding coherence and expected rating; NaN for texts that are not English."""
    table = word_vectors_of(corpus.languages)
    if table is None:
        return float("nan"), float("nan")
    described = describe_words(topics.top_words, corpus.vocabulary, table)
    ratings = expected_rating(described, c_v)
    return float(np.nanmean(described.coherence)), float(np.nanmean(ratings))


# --- what is printed, kept and drawn -------------------------------------------------------------


def print_line(row: dict[str, Any], seed: str, values: dict[str, float]) -> None:
    """Print one line of the table."""
    shown = "".join(f"{values[c]:11.3f}" for c in COLUMNS[:-2])
    shown += "".join(f"{values[c]:11.0f}" for c in COLUMNS[-2:])
    print(f"{row['model']:34}{row['K']:4d}{seed:>6}{shown}", flush=True)


def print_means(corpus: str, num_topics: int, rows: list[dict[str, Any]]) -> None:
    """Print the means over the seeds with their standard deviations; * marks the first."""
    models = list(dict.fromkeys(row["model"] for row in rows))
    means = {m: {c: mean_of(rows, m, c) for c in COLUMNS} for m in models}
    print(f"\n{corpus}, K = {num_topics}: mean ± sd of the seeds, * the first")
    print(f"{'method':34}" + "".join(f"{c:>15}" for c in COLUMNS))
    for model in models:
        cells = []
        for column in COLUMNS:
            value, spread = means[model][column]
            first = column in RANKED and value == max(means[m][column][0] for m in models)
            digits = 0 if column in COLUMNS[-2:] else 3
            cell = f"{value:.{digits}f} ± {spread:.{digits}f}" + ("*" if first else " ")
            cells.append(f"{cell:>15}")
        print(f"{model:34}" + "".join(cells))


def mean_of(rows: list[dict[str, Any]], model: str, column: str) -> tuple[float, float]:
    """Return mean and standard deviation of a column over the seeds of a method."""
    values = [row[column] for row in rows if row["model"] == model]
    return float(np.mean(values)), float(np.std(values, ddof=1)) if len(values) > 1 else 0.0


def draw(rows: list[dict[str, Any]], path: Path) -> None:
    """Draw every method's mean NMI against its mean NPMI, one panel per corpus and K."""
    import matplotlib.pyplot as plt

    panels = list(dict.fromkeys((row["corpus"], row["K"]) for row in rows))
    figure, axes = plt.subplots(1, len(panels), figsize=(5 * len(panels), 4.2), squeeze=False)
    for axis, (corpus, num_topics) in zip(axes[0], panels, strict=True):
        chosen = [r for r in rows if (r["corpus"], r["K"]) == (corpus, num_topics)]
        found = [r["NMI"] for r in chosen]
        middle = (min(found) + max(found)) / 2
        for model in dict.fromkeys(row["model"] for row in chosen):
            (x, dx), (y, dy) = mean_of(chosen, model, "NMI"), mean_of(chosen, model, "NPMI")
            color = "#d55e00" if model == "theta" else "#0072b2"
            axis.errorbar(x, y, xerr=dx, yerr=dy, fmt="o", color=color, capsize=2)
            # Names stand towards the middle, where they do not leave the panel.
            side, shift = ("right", -5) if x > middle else ("left", 5)
            axis.annotate(
                model, (x, y), xytext=(shift, 5), textcoords="offset points", fontsize=9, ha=side
            )
        axis.set(title=f"{corpus}, K = {num_topics}", xlabel="NMI with the labels", ylabel="NPMI")
        axis.margins(0.18)
        axis.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(path, dpi=200)


def read_lines(path: Path | None) -> dict[str, dict[str, Any]]:
    """Return what an earlier run found, by what it is about."""
    if path is None or not path.exists():
        return {}
    keys = ("corpus", "K", "model", "seed", "schedule", "other_half")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return {json.dumps({key: row[key] for key in keys}): row for row in rows}


def write_line(path: Path | None, row: dict[str, Any]) -> None:
    """Keep one row."""
    if path is not None:
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")


def numbers(text: str) -> list[int]:
    """Read numbers separated by commas."""
    return [int(part) for part in text.split(",")]


if __name__ == "__main__":
    main()
