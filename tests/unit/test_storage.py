"""Folders are swapped in whole, damage is found, nothing is unpickled."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from theta import storage
from theta.errors import MissingFile, ThetaError


def write(place: Path, text: str) -> None:
    with storage.replacing(place, {"corpus": "abc"}) as folder:
        (folder / "deep").mkdir()
        (folder / "deep" / "file.txt").write_text(text)


def test_a_folder_is_replaced_in_whole(tmp_path: Path) -> None:
    place = tmp_path / "run"
    write(place, "first")
    (place / "stray.txt").write_text("of the first run")
    write(place, "second")
    assert (place / "deep" / "file.txt").read_text() == "second"
    assert not (place / "stray.txt").exists()
    manifest = storage.read_manifest(place, "make it")
    assert manifest["stands_on"] == {"corpus": "abc"}
    assert set(manifest["files"]) == {"deep/file.txt"}
    assert {p.name for p in tmp_path.iterdir()} == {"run", ".run.lock"}


def test_a_failure_leaves_the_previous_folder(tmp_path: Path) -> None:
    place = tmp_path / "run"
    write(place, "first")

    def fail() -> None:
        with storage.replacing(place, {}) as folder:
            (folder / "file.txt").write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert (place / "deep" / "file.txt").read_text() == "first"
    assert {p.name for p in tmp_path.iterdir()} == {"run", ".run.lock"}


def test_a_kill_between_the_two_renames_is_mended(tmp_path: Path) -> None:
    place = tmp_path / "run"
    write(place, "first")
    place.rename(tmp_path / ".run.previous")
    storage.read_manifest(place, "make it")
    assert (place / "deep" / "file.txt").read_text() == "first"


KILLED = """
import sys, time
from pathlib import Path
from theta import storage
with storage.replacing(Path(sys.argv[1]), {}) as folder:
    (folder / "file.txt").write_text("half")
    print("writing", flush=True)
    time.sleep(60)
"""


def test_a_killed_writer_leaves_nothing_and_holds_nothing(tmp_path: Path) -> None:
    place = tmp_path / "run"
    write(place, "first")
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(place)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "writing\n"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert (place / "deep" / "file.txt").read_text() == "first"
    write(place, "second")
    assert (place / "deep" / "file.txt").read_text() == "second"
    assert {p.name for p in tmp_path.iterdir()} == {"run", ".run.lock"}


def test_a_second_writer_waits(tmp_path: Path) -> None:
    place = tmp_path / "run"
    script = KILLED.replace("60", "0.5")
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(place)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.readline()
    began = time.monotonic()
    write(place, "second")
    assert time.monotonic() - began > 0.2
    assert process.wait() == 0
    assert (place / "deep" / "file.txt").read_text() == "second"


def test_an_unfinished_folder_is_never_read_as_finished(tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match="is not there; make it with: command"):
        storage.read_manifest(tmp_path / "run", "command")
    (tmp_path / "run").mkdir()
    with pytest.raises(MissingFile, match="is unfinished; make it with: command"):
        storage.read_manifest(tmp_path / "run", "command")


def test_another_format_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "run", "x")
    path = tmp_path / "run" / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 99}))
    with pytest.raises(MissingFile, match="another version"):
        storage.read_manifest(tmp_path / "run", "command")


def test_a_flipped_byte_is_found_and_named(tmp_path: Path) -> None:
    place = tmp_path / "run"
    write(place, "first")
    manifest = storage.read_manifest(place, "")
    storage.check_file(place / "deep" / "file.txt", manifest)
    (place / "deep" / "file.txt").write_text("fjrst")
    with pytest.raises(storage.Damaged, match=r"file\.txt is damaged"):
        storage.check_file(place / "deep" / "file.txt", manifest)


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(ThetaError, match="cannot write"):
        write(tmp_path / "file" / "run", "x")


def test_a_pickled_array_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(storage.Damaged):
        storage.read_array(tmp_path / "a.npy")
    np.savez(tmp_path / "a.npz", a=np.array([{}], dtype=object), allow_pickle=True)
    for mapped in (False, True):
        with pytest.raises(storage.Damaged):
            storage.read_npz(tmp_path / "a.npz", mapped=mapped)


@pytest.mark.parametrize("mapped", [False, True])
def test_a_truncated_array_is_refused(tmp_path: Path, mapped: bool) -> None:
    path = tmp_path / "a.npy"
    np.save(path, np.arange(1000.0))
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(storage.Damaged, match=r"a\.npy is damaged"):
        storage.read_array(path, mapped=mapped)


def test_npz_members_come_back_mapped_or_not(tmp_path: Path) -> None:
    arrays = {
        "a": np.arange(7, dtype=np.int32),
        "b": np.eye(3, dtype=np.float16),
        "none": np.empty(0, np.int64),
        "shape": np.array([2, 3]),
    }
    storage.write_npz(tmp_path / "x.npz", arrays)
    for mapped in (False, True):
        found = storage.read_npz(tmp_path / "x.npz", mapped=mapped)
        assert set(found) == set(arrays)
        for name, array in arrays.items():
            assert found[name].dtype == array.dtype
            np.testing.assert_array_equal(found[name], array)


def test_json_has_no_nan(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        storage.write_json(tmp_path / "x.json", float("nan"))
