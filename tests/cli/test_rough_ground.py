"""Links, clocks that go back, disks that cannot be written, bytes that flip."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import RunPipeline, contents, errors, themed_rows, write_csv
from theta import THETA, load_run
from theta.cli import prepare, run
from theta.cli.finished_run import plots

RUN = Path("result/0.6B/my_dataset/zero_shot")
CORPUS = Path("workspace/my_dataset/corpus")
EMBEDDINGS = Path("workspace/my_dataset/embeddings/0.6B_zero_shot")
PREPARE = ["--dataset", "my_dataset", "--gpu", "-1"]
FAST = ("--skip-viz", "--skip-eval")
NUMBERS = ("theta.npy", "beta.npy", "topic_words.json", "doc_topics.csv")


def numbers(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in NUMBERS}


# --- links ---------------------------------------------------------------------------------


def test_all_of_it_may_lie_on_another_disk(folder: Path, quick_run: RunPipeline) -> None:
    """A person links the folders that fill up; the links stay links, also the second time."""
    for name in ("data", "workspace", "result"):
        (folder / "disk" / name).mkdir(parents=True)
        if (folder / name).exists():
            shutil.copytree(folder / name, folder / "disk" / name, dirs_exist_ok=True)
            shutil.rmtree(folder / name)
        (folder / name).symlink_to(folder / "disk" / name)
    (folder / "disk" / "one").mkdir()
    (folder / "disk" / "workspace" / "my_dataset").symlink_to(folder / "disk" / "one")
    for _ in range(2):
        assert prepare.main([*PREPARE, "--force"]) == 0
        assert quick_run(*FAST) == 0
    assert (folder / "disk" / RUN / "manifest.json").exists()
    assert (folder / "disk" / "one" / "corpus" / "manifest.json").exists()
    assert all((folder / name).is_symlink() for name in ("data", "workspace", "result"))
    assert run.main(["--verify", str(RUN)]) == 0


@pytest.mark.parametrize("link", [CORPUS, EMBEDDINGS, RUN])
def test_what_is_replaced_in_whole_is_no_link(
    prepared: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str], link: Path
) -> None:
    elsewhere = prepared / "elsewhere"
    if link.exists():
        shutil.move(link, elsewhere)
    else:
        elsewhere.mkdir()
        (elsewhere / "mine.txt").write_text("mine")
        link.parent.mkdir(parents=True)
    link.symlink_to(elsewhere)
    before = contents(elsewhere)
    code = quick_run(*FAST) if link == RUN else prepare.main([*PREPARE, "--force"])
    assert code == 1
    (line,) = errors(capsys)
    assert f"{link.name} is a symbolic link (to {elsewhere})" in line
    assert "link a folder above it" in line
    assert contents(elsewhere) == before
    assert link.is_symlink()


def test_a_run_behind_a_link_is_read(finished: Path, quick_run: RunPipeline) -> None:
    shutil.move(RUN, "archive")
    RUN.symlink_to(finished / "archive")
    assert quick_run("--infer", "new.csv") == 0
    assert run.main(["--verify", str(RUN)]) == 0
    assert THETA.load(RUN).components_.shape[0] == 3


@pytest.mark.parametrize("name", ["new_topics.csv", "new_topics_drift.json"])
def test_tables_are_not_written_through_a_link(
    finished: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    Path("mine.txt").write_text("mine")
    Path(name).symlink_to("mine.txt")
    assert quick_run("--infer", "new.csv") == 1
    (line,) = errors(capsys)
    assert f"{name} is a symbolic link (to mine.txt)" in line
    assert Path("mine.txt").read_text() == "mine"


@pytest.mark.parametrize("name", ["comparison.csv", "comparison.png"])
def test_a_comparison_is_not_written_through_a_link(
    prepared: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert quick_run("--skip-viz") == 0
    Path("mine.txt").write_text("mine")
    Path("result/comparison").mkdir()
    (Path("result/comparison") / name).symlink_to(prepared / "mine.txt")
    assert run.main(["--compare", str(RUN)]) == 1
    assert f"{name} is a symbolic link" in errors(capsys)[0]
    assert Path("mine.txt").read_text() == "mine"


# --- clocks --------------------------------------------------------------------------------


@contextmanager
def clock_going_back(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let each look at the clock find it an hour earlier than the one before."""
    now = time.time()

    def earlier() -> float:
        nonlocal now
        now -= 3600
        return now

    with monkeypatch.context() as patch:
        patch.setattr(time, "time", earlier)
        patch.setattr(time, "time_ns", lambda: int(earlier() * 1e9))
        yield


def set_times(root: Path, when: float) -> None:
    for path in root.rglob("*"):
        os.utime(path, (when, when))


def test_a_clock_that_goes_back_changes_nothing(
    prepared: Path,
    quick_run: RunPipeline,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert quick_run(*FAST) == 0
    undisturbed = numbers(RUN)
    shutil.rmtree("workspace")
    shutil.rmtree("result")
    with clock_going_back(monkeypatch):
        assert prepare.main(PREPARE) == 0
        assert quick_run(*FAST, "--checkpoint_every", "1") == 0
    assert numbers(RUN) == undisturbed
    # The data of tomorrow, the corpus of 1970, the run of next year: nothing is taken as stale.
    for root, when in (("data", time.time() + 86400), ("workspace", 0), ("result", 4e9)):
        set_times(Path(root), when)
    capsys.readouterr()
    assert prepare.main(PREPARE) == 0
    assert "Nothing has changed" in capsys.readouterr().out
    assert run.main(["--dataset", "my_dataset", "--check-only"]) == 0
    assert run.main(["--verify", str(RUN)]) == 0


def test_data_changed_while_the_clock_was_wrong_are_seen(
    prepared: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    """Other content of the same size, and older than the corpus by its time."""
    path = Path("data/my_dataset/documents.csv")
    path.write_text(path.read_text().replace("moon", "noom"))
    set_times(Path("data"), 0)
    assert quick_run(*FAST) == 2
    assert "documents.csv has changed" in errors(capsys)[0]
    assert prepare.main(PREPARE) == 0
    assert quick_run(*FAST) == 0
    assert "noom" in (CORPUS / "vocab.json").read_text()


# --- a disk that can only be read ----------------------------------------------------------


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Let nothing be written below a folder, not even by root."""
    if os.geteuid() != 0:
        places = [folder, *(path for path in folder.rglob("*") if path.is_dir())]
        for place in places:
            place.chmod(0o555)
        yield
        for place in places:
            place.chmod(0o755)
        return
    mounted = subprocess.run(["mount", "--bind", str(folder), str(folder)], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("a folder cannot be mounted over itself here")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", str(folder)], check=True)
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_what_is_read_only_is_read_and_not_written(
    finished: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(finished / "result")
    with read_only(finished / "result"):
        for flags in (FAST, ("--skip-train", "--skip-viz"), ("--output_dir", "result/other")):
            assert quick_run(*flags) == 1
            captured = capsys.readouterr().err
            (line,) = [line for line in captured.splitlines() if line.startswith("error: ")]
            assert "cannot write" in line
            assert "what was there before is unchanged" in line
            assert "Traceback" not in captured
            assert "Trained" not in captured  # it is reported before the work, not after it
        assert quick_run("--infer", "new.csv") == 0
        assert run.main(["--verify", str(RUN)]) == 0
        assert run.main(["--dataset", "my_dataset", "--check-only"]) == 0
        assert THETA.load(RUN).components_.shape[0] == 3
        assert len(load_run(RUN).topics) == 3
    assert contents(finished / "result") == before
    with read_only(finished / "workspace"):
        assert prepare.main(PREPARE) == 1
        assert "cannot write" in errors(capsys)[0]
        assert quick_run(*FAST) == 0


# --- flipped bytes -------------------------------------------------------------------------


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    "path",
    [
        *(CORPUS / f"{name}" for name in ("vocab.json", "bow.npz", "tokens.npz", "manifest.json")),
        *(CORPUS / f"{name}" for name in ("first_halves.npz", "documents.parquet")),
        *(EMBEDDINGS / f"{n}.npy" for n in ("documents", "words", "test_halves")),
        EMBEDDINGS / "manifest.json",
    ],
    ids=str,
)
def test_a_flipped_byte_of_what_is_prepared(
    prepared: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str], path: Path
) -> None:
    sound = path.read_bytes()
    flip(path)
    assert quick_run(*FAST) in (1, 2)
    (line,) = errors(capsys)
    assert str(path) in line or f"{path.parent} was written by another version" in line
    assert "prepare_data.py" in line
    assert not RUN.exists()
    # The command that the message names makes it whole again.
    assert prepare.main([*PREPARE, *(["--force"] if "--force" in line else [])]) == 0
    assert path.read_bytes() == sound
    assert quick_run(*FAST) == 0


def test_a_flipped_byte_of_kept_vectors(prepared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sound = (EMBEDDINGS / "documents.npy").read_bytes()
    shard = sorted(Path("workspace/my_dataset/embeddings/shards").rglob("*.npz"))[0]
    flip(shard)
    assert prepare.main([*PREPARE, "--force"]) == 0
    assert f"Shard {shard} is damaged" in capsys.readouterr().err
    assert (EMBEDDINGS / "documents.npy").read_bytes() == sound


def test_a_flipped_byte_of_any_file_of_a_run(
    prepared: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    assert quick_run("--skip-viz") == 0
    write_csv(Path("new.csv"), themed_rows(3, seed=7))
    files = sorted(path for path in RUN.rglob("*") if path.is_file())
    assert len(files) > 10
    for path in files:
        sound = path.read_bytes()
        flip(path)
        capsys.readouterr()
        assert run.main(["--verify", str(RUN)]) in (1, 2), path
        said = capsys.readouterr()
        assert path.name in said.out + said.err or "another version" in said.err
        path.write_bytes(sound)
    for name in ("config.json", "beta.npy", "topic_words.json", "checkpoints/preprocessing.json"):
        sound = (RUN / name).read_bytes()
        flip(RUN / name)
        capsys.readouterr()
        assert quick_run("--infer", "new.csv") == 1
        assert f"{name} is damaged" in errors(capsys)[0]
        (RUN / name).write_bytes(sound)
    assert run.main(["--verify", str(RUN)]) == 0


def test_a_flipped_byte_of_the_kept_map_costs_its_work_only(
    finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draw_map = ["--run", str(RUN), "--only", "document_map", "--dpi", "72"]
    assert plots(draw_map) == 0
    (kept,) = Path("workspace/my_dataset/maps").glob("*.npz")
    sound = kept.read_bytes()
    flip(kept)
    assert plots(draw_map) == 0
    assert f"Computing {kept} again" in capsys.readouterr().err
    assert kept.read_bytes() == sound
    with np.load(kept, allow_pickle=False) as arrays:
        assert arrays["points"].shape == (90, 2)
