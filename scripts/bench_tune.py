"""Measure the search for settings against a loop of single runs.

    python scripts/bench_tune.py --dataset lee --model_size mini
    python scripts/bench_tune.py --dataset lee --model_size mini --toy 1000

The grid is the documented one (four numbers of topics, three learning rates, three widths) with the
quick schedule. Compared are the loop of separate processes, the grid with two workers, and the
search with early stopping. Of the loop a few runs are timed, evenly over the grid, and the rest is
their mean. CPU seconds are those of all processes; clock seconds say little on a busy machine.

--toy N measures memory instead: N trials of two epochs in one process.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
GRID = {
    "num_topics": ("15", "20", "25", "30"),
    "learning_rate": ("0.001", "0.002", "0.005"),
    "hidden_dim": ("256", "512", "768"),
}
QUICK = ("--epochs", "20", "--kl_warmup", "5")


def main() -> None:
    """Print one line per contestant."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--dataset", default="lee")
    parser.add_argument("--model_size", default="mini")
    parser.add_argument("--folder", type=Path, default=Path("bench_tune"))
    parser.add_argument("--loop_runs", type=int, default=4, help="runs of the loop that are timed")
    parser.add_argument("--toy", type=int, metavar="TRIALS", help="measure memory instead")
    arguments = parser.parse_args()
    base = ["--dataset", arguments.dataset, "--model_size", arguments.model_size, "--gpu", "-1"]
    arguments.folder.mkdir(parents=True, exist_ok=True)
    if arguments.toy:
        measure_memory(base, arguments.folder / "toy", arguments.toy)
        return
    loop = time_loop([*base, *QUICK], arguments.folder / "loop", arguments.loop_runs)
    print(f"loop: {loop[0]:.0f} CPU s, {loop[1]:.0f} s for 36 runs", flush=True)
    lists = [word for name, values in GRID.items() for word in (f"--{name}", ",".join(values))]
    searches = {
        "grid, 2 workers": ["--workers", "2"],
        "tpe, 36 trials, 2 workers": ["--workers", "2", "--sampler", "tpe"],
    }
    for name, flags in searches.items():
        folder = arguments.folder / name.replace(", ", "_").replace(" ", "_")
        shutil.rmtree(folder, ignore_errors=True)
        words = [*base, *QUICK, "--tune", *lists, *flags, "--output_dir", str(folder)]
        cpu, clock = timed(lambda words=words: run([*words, "--no_final_run"]))
        found = json.loads((folder / "tuning.json").read_text(encoding="utf-8"))
        print(
            f"{name}: {cpu:.0f} CPU s ({loop[0] / cpu:.1f}× less), {clock:.0f} s "
            f"({loop[1] / clock:.1f}× sooner); {found['seconds']['trainings']:.0f} s of training; "
            f"{found['trials']}; recommended {found['recommended']['setting']}, "
            f"values {found['recommended']['values']}",
            flush=True,
        )


def time_loop(base: list[str], folder: Path, n_runs: int) -> tuple[float, float]:
    """Return CPU and clock seconds of the whole loop, from some of its runs."""
    grid = list(itertools.product(*GRID.values()))
    chosen = [grid[round((i + 0.5) * len(grid) / n_runs - 0.5)] for i in range(n_runs)]
    spent = []
    for number, values in enumerate(chosen):
        flags = [w for name, value in zip(GRID, values, strict=True) for w in (f"--{name}", value)]
        words = [*base, *flags, "--output_dir", str(folder / str(number))]
        spent.append(timed(lambda words=words: run(words)))
    cpu, clock = (statistics.fmean(values) * len(grid) for values in zip(*spent, strict=True))
    return cpu, clock


def run(words: list[str]) -> None:
    """Run run_pipeline.py in a process of its own."""
    subprocess.run(
        [sys.executable, str(ROOT / "run_pipeline.py"), *words, "--quiet"],
        check=True,
        stdout=subprocess.DEVNULL,
    )


def timed(work: Callable[[], None]) -> tuple[float, float]:
    """Return CPU seconds of all child processes and clock seconds of some work."""

    def cpu() -> float:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    began, before = time.perf_counter(), cpu()
    work()
    return cpu() - before, time.perf_counter() - began


def measure_memory(base: list[str], folder: Path, n_trials: int) -> None:
    """Print the resident memory of a search of many small trials as it goes on."""
    from theta.cli import run as program

    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    space = folder.parent / "toy.yaml"
    space.write_text("learning_rate: {from: 0.0001, to: 0.1, log: true}\n", encoding="utf-8")
    words = [*base, "--num_topics", "5", "--hidden_dim", "16", "--num_layers", "1"]
    words += ["--batch_size", "256", "--epochs", "2", "--kl_warmup", "0", "--tune", str(space)]
    words += ["--trials", str(n_trials), "--sampler", "random", "--no_final_run", "--quiet"]
    ended = threading.Event()
    watcher = threading.Thread(target=_watch, args=(folder / "journal.jsonl", n_trials, ended))
    watcher.start()
    began = time.process_time()
    try:
        code = program.main([*words, "--output_dir", str(folder)])
    finally:
        ended.set()
        watcher.join()
    print(f"{n_trials} trials: exit code {code}, {time.process_time() - began:.0f} CPU s")


def _watch(journal: Path, n_trials: int, ended: threading.Event) -> None:
    """Print the resident memory after each tenth of the trials."""
    page = os.sysconf("SC_PAGE_SIZE")
    tenth, position, count = max(1, n_trials // 10), 0, 0
    while not ended.wait(0.2):
        if not journal.exists():
            continue
        with journal.open("rb") as handle:
            handle.seek(position)
            new = handle.read()
        position += len(new)
        before = count
        count += new.count(b'"seed 0"')
        if count // tenth > before // tenth:
            resident = int(Path("/proc/self/statm").read_text().split()[1]) * page / 2**20
            print(f"{count} trainings: {resident:.0f} MiB", flush=True)


if __name__ == "__main__":
    main()
