"""What a person can rely on, tested by doing it: kills, full disks, several processes at once."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import QUICK

ROOT = Path(__file__).resolve().parents[2]
RUN = Path("result/0.6B/my_dataset/zero_shot")
PREPARE = ["prepare_data.py", "--dataset", "my_dataset", "--gpu", "-1"]
TRAIN = ["run_pipeline.py", "--dataset", "my_dataset", *QUICK, "--skip-viz"]

# What a run or a preparation is judged by; the rest holds times, which differ.
NUMBERS = (
    RUN / "theta.npy",
    RUN / "beta.npy",
    RUN / "topic_words.json",
    RUN / "doc_topics.csv",
    Path("workspace/my_dataset/corpus/bow.npz"),
    Path("workspace/my_dataset/embeddings/0.6B_zero_shot/documents.npy"),
)


def start(command: list[str], **environment: str) -> subprocess.Popen[str]:
    script, *flags = command
    return subprocess.Popen(
        [sys.executable, str(ROOT / script), *flags],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", **environment},
    )


def run_to_end(command: list[str], **environment: str) -> tuple[int, str]:
    process = start(command, **environment)
    _, err = process.communicate()
    return process.returncode, err


def contents() -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in NUMBERS}


@pytest.mark.slow
def test_thirty_kills_change_nothing(folder: Path) -> None:
    began = time.monotonic()
    for command in (PREPARE, TRAIN):
        assert run_to_end(command)[0] == 0
    undisturbed = contents()
    longest = (time.monotonic() - began) / 2
    shutil.rmtree("workspace")
    shutil.rmtree("result")
    draw = random.Random(0)
    for number in range(30):
        command = PREPARE if number % 2 == 0 else TRAIN
        process = start(command)
        time.sleep(draw.uniform(0, longest))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        if number % 5 == 4:
            for step in (PREPARE, TRAIN):
                code, err = run_to_end(step)
                assert code == 0, err
            assert contents() == undisturbed
            if number % 10 == 4:
                shutil.rmtree("workspace")
    leftovers = [p.name for p in Path().rglob(".*") if ".new-" in p.name or "previous" in p.name]
    assert not leftovers


@pytest.mark.slow
def test_two_preparations_and_four_runs_at_once(folder: Path) -> None:
    for result in [start(PREPARE), start(PREPARE)]:
        _, err = result.communicate()
        assert result.returncode == 0, err
    processes = [start(TRAIN) for _ in range(4)]
    for process in processes:
        _, err = process.communicate()
        assert process.returncode == 0, err
    assert run_to_end(["run_pipeline.py", "--verify", str(RUN)])[0] == 0


@pytest.mark.slow
def test_a_full_disk_is_one_line_and_loses_nothing(prepared: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    disk = prepared / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(disk)], capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip("a tmpfs cannot be mounted here")
    try:
        place = {"THETA_RESULT_DIR": str(disk)}
        assert run_to_end(TRAIN, **place)[0] == 0
        run = disk / RUN.relative_to("result")
        before = {p: p.read_bytes() for p in run.rglob("*") if p.is_file()}
        (disk / "filler").write_bytes(b"x" * (os.statvfs(disk).f_bavail * 4096 - 60_000))
        code, err = run_to_end(TRAIN, **place)
        assert code == 1
        (line,) = [text for text in err.splitlines() if text.startswith("error: ")]
        assert "No space left" in line
        assert "Traceback" not in err
        assert {p: p.read_bytes() for p in run.rglob("*") if p.is_file()} == before
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.slow
def test_locale_c_and_a_path_with_spaces_and_chinese(
    prepared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = prepared / "我的 文件"
    shutil.copytree(prepared / "data", place / "data")
    (place / "data" / "my_dataset").rename(place / "data" / "新闻 2024")
    monkeypatch.chdir(place)
    plain = {"LC_ALL": "C", "LANG": "C"}
    name = ["--dataset", "新闻 2024"]
    prepare = [word for word in PREPARE if word not in ("--dataset", "my_dataset")]
    train = [word for word in TRAIN if word not in ("--dataset", "my_dataset")]
    for command in (prepare, train):
        code, err = run_to_end([*command, *name], **plain)
        assert code == 0, err
    assert (place / "result/0.6B/新闻 2024/zero_shot/manifest.json").exists()


@pytest.mark.slow
def test_the_reader_of_a_pipe_may_go(prepared: Path) -> None:
    command = f"{sys.executable} {ROOT / TRAIN[0]} {' '.join(TRAIN[1:])} | head -n 1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


@pytest.mark.slow
def test_grid_search_skips_what_is_done_and_ends_in_a_table(prepared: Path) -> None:
    flags = ["--dataset", "my_dataset", "--topics", "2 3", "--learning-rates", "0.002"]
    more = ["--", "--epochs", "2", "--kl_warmup", "1", "--skip-viz", "--gpu", "-1"]
    command = ["bash", str(ROOT / "scripts/grid_search.sh"), *flags, "--hidden-dims", "16", *more]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    first = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "PATH": path}
    )
    assert first.returncode == 0, first.stderr
    assert "num_topics" in first.stdout
    shutil.rmtree("results_grid/K3_lr0.002_hd16")
    again = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "PATH": path}
    )
    assert "results_grid/K2_lr0.002_hd16 is done" in again.stdout
    assert "Training K=3" in again.stdout


@pytest.mark.slow
def test_a_queue_of_jobs_goes_on_after_a_failure(prepared: Path) -> None:
    quick = " ".join([*QUICK, "--skip-viz", "--skip-eval"])
    Path("jobs").write_text(
        f"--dataset nothing_here {quick}\n# a comment\n"
        f"--dataset my_dataset {quick} --output_dir 'a b'\n"
    )
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", str(ROOT / "scripts/multi_gpu.sh"), "jobs"],
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": path, "CUDA_VISIBLE_DEVICES": "0,1"},
    )
    assert done.returncode == 2
    assert "failed (exit 2): --dataset nothing_here" in done.stderr
    assert Path("a b/manifest.json").exists()
    assert Path("logs/job_2.log").exists()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_queue_that_is_stopped_keeps_what_was_trained(
    prepared: Path, number: signal.Signals
) -> None:
    """As Ctrl-C in a terminal does it: the signal goes to the script and to all it has started."""
    quick = " ".join([*QUICK, "--epochs", "1000", "--no_early_stopping", "--skip-viz"])
    lines = [f"--dataset my_dataset {quick} --output_dir run{n}" for n in range(3)]
    Path("jobs").write_text("\n".join(lines))
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    script = subprocess.Popen(
        ["bash", str(ROOT / "scripts/multi_gpu.sh"), "jobs"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PATH": path, "CUDA_VISIBLE_DEVICES": "0,1"},
        start_new_session=True,
    )
    logs = [Path(f"logs/job_{n}.log") for n in (1, 2)]
    until = time.monotonic() + 60
    while not all(log.exists() and "Loaded" in log.read_text() for log in logs):
        assert time.monotonic() < until
        time.sleep(0.1)
    time.sleep(3)
    os.killpg(script.pid, number)
    _, err = script.communicate(timeout=60)
    assert script.returncode == 130
    assert err.count("stopped (exit 130): --dataset my_dataset") == 2
    assert f"not started: {lines[2]}" in err
    for n in range(2):
        assert Path(f".run{n}.training-0.safetensors").exists()
        assert "continue with --resume" in logs[n].read_text()
