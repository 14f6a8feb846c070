from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

PARENT = """
import time
from theta.workers.engines import run_here

class Worker:
    def __call__(self, payload):
        print("working", flush=True)
        if payload:
            time.sleep(payload)

if __name__ == "__main__":
    for _ in run_here(Worker, ((n, n) for n in (0, 0, 60)), 2):
        pass
"""


def test_workers_end_with_the_process_that_started_them(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, str(script)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
    ) as parent:
        assert parent.stdout is not None
        for _ in range(3):
            assert parent.stdout.readline() == b"working\n"
        parent.send_signal(signal.SIGKILL)
        # The pipe ends when the last process that can write to it has ended.
        assert select.select([parent.stdout], [], [], 20)[0], "the workers are still there"
        assert parent.stdout.read() == b""
