r"""Try each advice on settings and tell what exceeds the noise of the seeds.

    python scripts/bench_advice.py --folder /tmp/advice \
        --data newsgroups=/path/20ng.csv.gz:2000 --data headlines=/path/headlines.csv:3000

On each corpus (the built-in lee and every --data NAME=FILE:DOCUMENTS, a table with the columns text
and label) every variant of VARIANTS is trained with three seeds, one option changed at a time. The
schedule is the documented one in a fifth of its epochs. Settings are judged by the test documents,
as a search judges them. Trainings that are in FOLDER/advice.csv are not repeated, so the command
goes on after an interruption; --table prints the table of what is there.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from theta.cli import prepare
from theta.cli.console import start_logging
from theta.layout import ProjectPaths
from theta.models.theta_options import ThetaOptions
from theta.options import RunOptions, TuneOptions
from theta.tuning.judge import STABILITY, stability_of_seeds
from theta.tuning.noise import Noise, noise_of_seeds
from theta.tuning.plan import Plan
from theta.tuning.space import Setting, Space
from theta.tuning.training import Task, Trainer

SHARE = 5
"""The schedule is that of the documentation divided by this."""

BASE: Setting = {
    "epochs": 100 // SHARE, "kl_warmup": 50 // SHARE, "patience": 10 // SHARE,
    "learning_rate": 0.002, "batch_size": 64, "hidden_dim": 512,
}  # fmt: skip

VARIANTS: dict[str, Setting] = {
    "as documented": {},
    "learning rate .0005, 150 epochs": {"learning_rate": 0.0005, "epochs": 150 // SHARE},
    "learning rate .01, 80 epochs": {"learning_rate": 0.01, "epochs": 80 // SHARE},
    "batch size 32": {"batch_size": 32},
    "batch size 128": {"batch_size": 128},
    "KL: no annealing": {"kl_start": 1.0, "kl_warmup": 0},
    "KL: slow, warm-up 80": {"kl_warmup": 80 // SHARE},
    "KL: partial, .2 to .8 in 40": {"kl_start": 0.2, "kl_end": 0.8, "kl_warmup": 40 // SHARE},
    "hidden 256": {"hidden_dim": 256},
    "hidden 1024": {"hidden_dim": 1024},
    "patience 5": {"patience": 5 // SHARE},
    "patience 20": {"patience": 20 // SHARE},
    "no early stopping": {"early_stopping": False},
}

VOCABULARY = {"half the vocabulary": 0.5, "twice the vocabulary": 2.0}
"""Factors of the automatic size; each needs a corpus of its own."""

METRICS = ("C_V", "NPMI", "PPL", "TD@10", "NMI")
SEEDS = (0, 1, 2)
NUM_TOPICS = {"lee": 10}
COLUMNS = ("corpus", "variant", "seed", *METRICS, STABILITY, "epochs", "seconds", "words")


def main() -> None:
    """Train what is missing and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--data", action="append", default=[], metavar="NAME=FILE:DOCUMENTS")
    parser.add_argument("--table", action="store_true", help="print the table of what is there")
    arguments = parser.parse_args()
    table = arguments.folder / "advice.csv"
    if not arguments.table:
        arguments.folder.mkdir(parents=True, exist_ok=True)
        os.chdir(arguments.folder)
        start_logging(quiet=True, verbose=False)
        table = Path("advice.csv")
        for name in ["lee", *(write_sample(entry) for entry in arguments.data)]:
            train_corpus(name, table)
    print(markdown(pd.read_csv(table)))


def write_sample(entry: str) -> str:
    """Write a random part of a table into data/NAME and return the name."""
    name, rest = entry.split("=", 1)
    path, _, number = rest.rpartition(":")
    target = Path("data", name, "documents.csv")
    if not target.exists():
        rows = pd.read_csv(path, keep_default_na=False)
        chosen = sorted(random.Random(0).sample(range(len(rows)), int(number)))
        target.parent.mkdir(parents=True)
        rows.iloc[chosen][["text", "label"]].to_csv(target, index=False)
    return name


def train_corpus(name: str, table: Path) -> None:
    """Prepare a corpus and train every variant that the table lacks."""
    done = set() if not table.exists() else {tuple(r) for r in _rows(table)}
    wanted = [(name, variant) for variant in [*VARIANTS, *VOCABULARY]]
    if all(key in done for key in wanted):
        return
    _prepare(name)
    trainer = _trainer(name)
    n_words = _n_words(name)
    for variant, changed in VARIANTS.items():
        if (name, variant) not in done:
            train_variant(trainer, name, variant, {**BASE, **changed}, n_words, table)
    for variant, factor in VOCABULARY.items():
        if (name, variant) not in done:
            _prepare(name, "--vocab_size", str(int(factor * n_words)))
            train_variant(_trainer(name), name, variant, BASE, _n_words(name), table)


def train_variant(
    trainer: Trainer, corpus: str, variant: str, setting: Setting, n_words: int, table: Path
) -> None:
    """Train one variant with each seed and append the rows."""
    records = {}
    for seed in SEEDS:
        task = Task(0, {**setting, "num_topics": NUM_TOPICS.get(corpus, 20)}, seed)
        records[seed] = trainer.train(task, lambda *_: "go on")
        if records[seed].state != "finished":
            raise SystemExit(f"{corpus}, {variant}, seed {seed}: {records[seed].reason}")
    stability = stability_of_seeds({seed: one.top_words for seed, one in records.items()})
    new = not table.exists()
    with table.open("a", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle)
        if new:
            writer.writerow(COLUMNS)
        for seed, one in records.items():
            values = [one.metrics.get(metric) for metric in METRICS]
            writer.writerow(
                [corpus, variant, seed, *values, stability[seed], one.epochs, one.seconds, n_words]
            )
    print(f"{corpus}: {variant}", file=sys.stderr, flush=True)


def markdown(table: pd.DataFrame) -> str:
    """Return the differences from the documented settings, those beyond the noise in bold."""
    measures = [*METRICS, STABILITY]
    lines = [
        "| changed | " + " | ".join(measures) + " |",
        "|---|" + "---|" * len(measures),
    ]
    base = next(iter(VARIANTS))
    corpora = dict(iter(table.groupby("corpus", sort=False)))
    noise = {
        (name, measure): noise_of_seeds(_by_setting(part, measure))
        for name, part in corpora.items()
        for measure in measures
    }
    for variant in [*VARIANTS, *VOCABULARY]:
        cells = []
        for measure in measures:
            # Perplexities over different vocabularies cannot be compared.
            comparable = {} if variant in VOCABULARY and measure == "PPL" else corpora
            shown = [
                _cell(part, variant, base, measure, noise[name, measure])
                for name, part in comparable.items()
            ]
            cells.append(" / ".join(filter(None, shown)) or "–")
        lines.append(f"| {variant} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(part: pd.DataFrame, variant: str, base: str, measure: str, noise: Noise | None) -> str:
    """Return the difference on one corpus, in bold beyond the noise; empty without a value."""
    means = part.groupby("variant")[measure].mean()
    if variant not in means or pd.isna(means[variant]):
        return ""
    if variant == base:
        return f"{means[base]:.0f}" if measure == "PPL" else f"{means[base]:.2f}"
    change = means[variant] - means[base]
    text = f"{100 * change / means[base]:+.0f} %" if measure == "PPL" else f"{change:+.2f}"
    text = (
        text.replace("-0.00", "0").replace("+0.00", "0").replace("-0 %", "0").replace("+0 %", "0")
    )
    return f"**{text}**" if noise is not None and abs(change) > noise.margin else text


def _by_setting(part: pd.DataFrame, measure: str) -> dict[int, dict[int, float]]:
    """Return the values by variant and seed, without the other vocabularies."""
    same = part[part["variant"].isin(VARIANTS) & part[measure].notna()]
    return {
        number: dict(zip(rows["seed"], rows[measure], strict=True))
        for number, (_, rows) in enumerate(same.groupby("variant", sort=False))
    }


def _rows(table: Path) -> Iterator[tuple[str, str]]:
    with table.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            yield row["corpus"], row["variant"]


def _prepare(name: str, *flags: str) -> None:
    words = ["--dataset", name, "--model_size", "mini", "--gpu", "-1", "--quiet", *flags]
    if prepare.main(words):
        raise SystemExit(f"{name} cannot be prepared")


def _trainer(name: str) -> Trainer:
    options = RunOptions(dataset=name, model_size="mini", gpu=-1, output_dir=Path("search", name))
    Path("search", name).mkdir(parents=True, exist_ok=True)
    project = ProjectPaths.from_environment()
    return Trainer(Plan(options, "theta", ThetaOptions(), TuneOptions(), Space(()), project))


def _n_words(name: str) -> int:
    from theta.corpus.store import read_vocabulary

    return len(read_vocabulary(ProjectPaths.from_environment().corpus(name)))


if __name__ == "__main__":
    main()
