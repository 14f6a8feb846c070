"""Seconds of each stage of a preparation and a run, from a table of texts to the report page.

    python scripts/bench_stages.py --texts FILE.csv [--code FOLDER ...] [--shards N]
                                   [--vectors FILE.npy] [--clock wall]

FILE has a column `text`. All stages run in one thread; the seconds are those of the CPU, child
processes included. With `--clock wall` they are those of the clock, with as many threads as a user
gets, and what happens beside the main thread counts for no stage: for an idle machine only. With
`--code`, other versions of this repository are measured too, for example a `git worktree`. With
`--shards N`, only every Nth shard is embedded, and what the model takes for it is multiplied by N;
the vectors of the other texts are then read from `--vectors`, one per row of the table, or are
random.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sampled_engine import LEFT_OUT, SAMPLED, SampledEngine, has_module

ROOT = Path(__file__).resolve().parents[1]

STAGES: dict[str, list[str]] = {
    "read": ["theta.corpus.documents:DocumentReader.chunks"],
    "tokenize": ["theta.corpus.reading:tokenize_chunks"],
    "count and write the corpus": ["theta.pipeline.prepare:build_corpus"],
    "load the embedding model": ["theta.embeddings.embed:start_engine"],
    "embed": ["theta.embeddings.embed:_embed"],
    "assemble the vectors": [
        "theta.pipeline.embed:embed_corpus",
        "theta.pipeline.prepare:embed_corpus",
    ],
    "load the corpus": ["theta.pipeline.run:load_available", "theta.pipeline.run:load_prepared"],
    "neighbours": [
        "theta.models.shared_start:nearest_documents",
        "theta.models.warm_start:nearest_documents",
    ],
    "latent semantic analysis": [
        "theta.models.document_space:LexicalSpace.of",
        "theta.models.document_space:LexicalSpace.project",
    ],
    "start": [
        "theta.models.shared_start:start_clusters",
        "theta.models.theta:start_clusters",
        "theta.models.theta:start_deviations",
        "theta.models.theta_start:start_deviations",
    ],
    "epochs": ["theta.nn.fit:fit"],
    "validation": ["theta.nn.fit:_validation_elbo"],
    "rank the words": ["theta.models.word_ranking:rank_words", "theta.models.theta:rank_words"],
    "evaluation": ["theta.pipeline.make:evaluate", "theta.pipeline.job:judge"],
    "map of documents": [
        "theta.run.run:Run.document_map",
        "theta.run.document_map:document_map",
        "theta.pipeline.visualize:cached_map",
    ],
    "charts": ["theta.pipeline.draw:_draw_charts", "theta.pipeline.job:visualize"],
    "page": ["theta.pipeline.draw:_write_page", "theta.pipeline.job:write_page"],
    "write the tables": [
        "theta.pipeline.make:keep",
        "theta.pipeline.job:save_output",
        "theta.pipeline.job:write_document_table",
    ],
}
"""The functions of each stage, where a version has them; a stage does not count those inside it."""

REST = "imports and the rest"


def main() -> None:
    """Measure each version and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--shards", type=int, default=1)
    parser.add_argument("--code", type=Path, nargs="*", default=[])
    parser.add_argument("--clock", choices=("cpu", "wall"), default="cpu")
    parser.add_argument("--keep", type=Path, help="folder for what the runs write")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure is not None:
        measure(arguments)
        return
    versions = [*arguments.code, ROOT]
    print_table([_in_process(code, arguments) for code in versions], versions)


def _in_process(code: Path, arguments: argparse.Namespace) -> dict[str, float]:
    """Return the seconds by stage of one version, measured in a process of its own."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.keep / code.resolve().name if arguments.keep else Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        result = folder / "stages.json"
        command = [sys.executable, __file__, *sys.argv[1:], "--measure", str(result)]
        environment = {**os.environ, "PYTHONPATH": str(code.resolve())}
        if arguments.clock == "cpu":
            environment["OMP_NUM_THREADS"] = "1"
        for name, place in (("WORKSPACE", "workspace"), ("RESULT", "result"), ("DATA", "data")):
            environment[f"THETA_{name}_DIR"] = str(folder / place)
        subprocess.run(command, check=True, env=environment)
        seconds: dict[str, float] = json.loads(result.read_text(encoding="utf-8"))
        return seconds


def print_table(measured: list[dict[str, float]], versions: list[Path]) -> None:
    """Print the seconds of each version, one row per stage, as Markdown."""
    print("| stage | " + " | ".join(code.resolve().name for code in versions) + " |")
    print("|---|" + "---|" * len(versions))
    for stage in (*STAGES, REST):
        print(f"| {stage} | " + " | ".join(f"{one.get(stage, 0.0):.1f}" for one in measured) + " |")
    totals = [sum(one.values()) for one in measured]
    print("| all | " + " | ".join(f"{total:.1f}" for total in totals) + " |")


# --- in the process of one version ---------------------------------------------------------


class Clock:
    """Counts seconds for the innermost stage of the main thread."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._now = now
        self._stages = [REST]
        self._since = 0.0

    def lap(self) -> None:
        """Count the seconds since the last call for the present stage."""
        now = self._now()
        self.seconds[self._stages[-1]] += now - self._since
        self._since = now

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count for a stage."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        self.lap()
        self._stages.append(name)
        try:
            yield
        finally:
            self.lap()
            self._stages.pop()

    def watch(self, stage: str, place: str) -> None:
        """Let a function, method or cached property count for a stage; if there is one."""
        owner, name = find(place)
        if owner is None:
            return
        found = vars(owner)[name]
        if hasattr(found, "func"):  # a cached property
            found.func = self._counting(stage, found.func)
        elif isinstance(found, classmethod):
            setattr(owner, name, classmethod(self._counting(stage, found.__func__)))
        else:
            setattr(owner, name, self._counting(stage, found))

    def _counting(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any, **named: Any) -> Any:
            with self.stage(stage):
                result = function(*arguments, **named)
            return self._counted_items(stage, result) if isinstance(result, Iterator) else result

        return counted

    def _counted_items(self, stage: str, items: Iterator[Any]) -> Iterator[Any]:
        while True:
            with self.stage(stage):
                item = next(items, self)
            if item is self:
                return
            yield item


def find(place: str) -> tuple[Any, str]:
    """Return the module or class of ``module:name`` or ``module:class.name``, and the name."""
    module, _, path = place.partition(":")
    *owners, name = path.split(".")
    owner: Any = importlib.import_module(module) if has_module(module) else None
    for one in owners:
        owner = getattr(owner, one, None)
    return (owner, name) if owner is not None and name in vars(owner) else (None, name)


def measure(arguments: argparse.Namespace) -> None:
    """Prepare and run in this process and write the seconds by stage."""
    started = time.perf_counter()
    clocks = {"cpu": lambda: sum(os.times()[:4]), "wall": lambda: time.perf_counter() - started}
    clock = Clock(clocks[arguments.clock])
    importlib.import_module("theta.nn.fit")
    importlib.import_module(
        "theta.run.run" if has_module("theta.run.run") else "theta.pipeline.job"
    )
    for stage, places in STAGES.items():
        for place in places:
            clock.watch(stage, place)
    factor = SampledEngine.install(arguments, clock.stage) if arguments.shards > 1 else None
    prepare = importlib.import_module("theta.cli.prepare").main
    run = importlib.import_module("theta.cli.run").main
    common = ["--dataset", "bench", "--model_size", "mini", "--gpu", "-1", "--quiet"]
    for code in (prepare([*common, "--raw_input", str(arguments.texts)]), run(common)):
        if code:
            raise SystemExit(code)
    clock.lap()
    if factor is not None:
        clock.seconds["embed"] += clock.seconds.pop(SAMPLED) * factor()
        clock.seconds.pop(LEFT_OUT)
    arguments.measure.write_text(json.dumps(clock.seconds), encoding="utf-8")


if __name__ == "__main__":
    main()
