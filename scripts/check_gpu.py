r"""Check on a machine with a GPU that all of THETA's CUDA code is right, and how fast it is.

    python scripts/check_gpu.py --out gpu.jsonl              all blocks, about nine minutes
    python scripts/check_gpu.py --out gpu.jsonl --minutes 8  the most informative ones
    python scripts/check_gpu.py --only models vectors        some of them
    python scripts/check_gpu.py --rehearse                   all of them on a CPU, in tiny shapes

Each block runs in a process of its own with a time limit and prints one line of JSON as soon as it
is known: `right`, `slow` (an aim was missed), `wrong`, or `skipped` with the reason. A table ends
it. The exit code is 1 if a block is wrong. FILE holds the same lines: send it back as it is.

Nothing is downloaded and no file of data is needed: documents are drawn from seeds, weights of the
real shapes are made on the device, and the tokenizer is trained on six sentences.

What a machine without a network must have, beside a checkout of this repository:

    all blocks    torch >= 2.5 with CUDA, transformers >= 4.56 (brings tokenizers, safetensors,
                  numpy, tqdm, filelock, pyyaml), scipy
    models, cpu_and_gpu, batches, resume, hundred_epochs, two_processes, second_gpu
                  scikit-learn (with joblib, threadpoolctl, narwhals)
    finetuning    peft (with accelerate, psutil)
    tests         peft, pytest (with iniconfig, pluggy, pygments)
    speed_0.6B    sentence-transformers, if it is to be compared with

For Python 3.12 on Linux, for instance, the wheels of what is missing travel like this:

    pip download --only-binary=:all: --python-version 3.12 --no-deps -d wheels \
        scipy scikit-learn joblib threadpoolctl narwhals peft accelerate psutil \
        pytest iniconfig pluggy pygments
    pip install --no-index --no-deps --target site wheels/*.whl
    PYTHONPATH=site python scripts/check_gpu.py --out gpu.jsonl

A block whose library is missing is skipped and says so.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]
# The check for a GPU must not start CUDA in the process that is forked.
os.environ.setdefault("PYTORCH_NVML_BASED_CUDA_CHECK", "1")
os.environ["TRANSFORMERS_VERBOSITY"] = "error"

from gpu_checks.block import Block, Setting, run_block, run_forked  # noqa: E402
from gpu_checks.blocks import BLOCKS, chosen  # noqa: E402


def main() -> int:
    """Run the blocks and return the exit code."""
    arguments = _arguments()
    setting = Setting("cpu" if arguments.rehearse else "cuda:0")
    _load_libraries()
    if not arguments.rehearse:
        # In a fork, as everything that touches the device.
        tried = run_forked(_use_gpu, limit=120)
        if tried.exit_code != 0:
            print(tried.log)
            print("error: no CUDA device can be used here; --rehearse runs all blocks on the CPU")
            return 2
    began = time.monotonic()
    lines = []
    for line in _run(chosen(arguments.only, arguments.minutes), setting):
        lines.append(line)
        text = json.dumps(line, ensure_ascii=False, default=str)
        print(text, flush=True)
        if arguments.out is not None:
            with arguments.out.open("a", encoding="utf-8") as file:
                file.write(text + "\n")
    print(_table(lines))
    print(f"{time.monotonic() - began:.0f} s on {setting.device}")
    return 1 if any(line["status"] == "wrong" for line in lines) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [block.name for block in BLOCKS]
    parser.add_argument("--only", nargs="+", choices=names, metavar="NAME", help=", ".join(names))
    parser.add_argument("--minutes", type=float, help="choose blocks by their estimated seconds")
    parser.add_argument("--out", type=Path, metavar="FILE", help="append the lines to a file")
    parser.add_argument("--rehearse", action="store_true", help="on the CPU, in tiny shapes")
    return parser.parse_args()


def _run(blocks: list[Block], setting: Setting) -> Iterator[dict[str, Any]]:
    """Yield the line of each block: one after another on a GPU, two at once in a rehearsal."""
    if not setting.rehearsal:
        yield from (run_block(block, setting) for block in blocks)
        return
    with ThreadPoolExecutor(2) as pool:
        yield from pool.map(lambda block: run_block(block, setting), blocks)


def _use_gpu(send: Callable[[Any], None]) -> None:
    import torch

    send(torch.ones(1, device="cuda:0").item())


def _load_libraries() -> None:
    """Import once what every block would import again; forks have it in no time."""
    from importlib.util import find_spec

    import transformers

    transformers.logging.set_verbosity_error()
    from transformers import AutoModel, Qwen3Model  # noqa: F401

    if find_spec("sklearn") is not None:
        import sklearn.cluster
        import sklearn.decomposition
        import sklearn.neighbors  # noqa: F401


def _table(lines: list[dict[str, Any]]) -> str:
    width = max(len(line["block"]) for line in lines)
    status = max(len(line["status"]) for line in lines)
    rows = []
    for line in lines:
        details = [*line.get("wrong", {}), *line.get("missed", [])]
        rows.append(
            f"{line['block']:{width}}  {line['seconds']:6.1f} s  {line['status']:{status}}  "
            f"{'; '.join(details) or line['about']}"
        )
    return "\n" + "\n".join(rows)


if __name__ == "__main__":
    raise SystemExit(main())
