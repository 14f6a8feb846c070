"""Compare the three modes on a labelled data set: coherence, and labels of test documents.

python scripts/bench_modes.py --dataset 20ng --out DIR -- --vocab_size 5000 --max_length 128
prepares data/20ng in every mode (resumed if it was interrupted), trains each with every seed into
DIR/<mode>_seed<n>, and prints one line per run. What follows ``--`` goes to prepare_data.py.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from theta.cli import prepare, run
from theta.options.prepare import MODES

SHOWN = ("NPMI", "C_V", "TD@10", "NMI@test", "accuracy@test", "macro_F1@test", "control@test")


def main() -> int:
    """Run the comparison; the exit code is that of the first command that fails."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--model_size", default="mini")
    parser.add_argument("--modes", default=",".join(MODES))
    parser.add_argument("--seeds", default="0,1")
    parser.add_argument("--num_topics", default="20")
    parser.add_argument("--epochs", default="20")
    parser.add_argument("--kl_warmup", default="5")
    parser.add_argument("--supervised_weight", default=None)
    parser.add_argument("prepare_flags", nargs="*")
    asked = parser.parse_args()
    data = ["--dataset", asked.dataset, "--model_size", asked.model_size, "--quiet"]
    schedule = ["--num_topics", asked.num_topics, "--epochs", asked.epochs]
    schedule += ["--kl_warmup", asked.kl_warmup, "--skip_viz"]
    print("mode", "seed", *SHOWN, "seconds to prepare", "to train", sep="\t")
    for mode in asked.modes.split(","):
        began = time.perf_counter()
        with contextlib.redirect_stdout(sys.stderr):
            code = prepare.main([*data, "--mode", mode, *asked.prepare_flags])
        if code:
            return code
        prepared = time.perf_counter() - began
        for seed in asked.seeds.split(","):
            place = asked.out / f"{mode}_seed{seed}"
            flags = ["--mode", mode, "--seed", seed, "--output_dir", str(place)]
            if mode == "supervised" and asked.supervised_weight is not None:
                flags += ["--supervised_weight", asked.supervised_weight]
            # The program's own tables would stand between the lines of this one.
            with contextlib.redirect_stdout(io.StringIO()) as silent:
                code = run.main([*data, *schedule, *flags])
            if code:
                print(silent.getvalue(), file=sys.stderr)
                return code
            found = json.loads((place / "metrics" / "evaluation_results.json").read_text())
            values = [f"{found[name]:.3f}" for name in SHOWN]
            seconds = f"{prepared:.0f}", f"{found['training_time']:.0f}"
            print(mode, seed, *values, *seconds, sep="\t", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
