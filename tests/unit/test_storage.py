"""Folders are swapped in whole, damage is found, nothing is unpickled."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

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


def test_files_of_a_finished_folder_are_renewed(tmp_path: Path) -> None:
    place = tmp_path / "run"
    with storage.replacing(place, {"corpus": "abc"}) as folder:
        (folder / "kept.txt").write_text("kept")
        (folder / "renewed.txt").write_text("first")
    before = storage.read_manifest(place, "")
    with storage.renewing_files(place, ["renewed.txt", "added.txt"]) as (new, added):
        added.write_text("added")
        new.write_text("second")
    after = storage.read_manifest(place, "")
    for name in ("renewed.txt", "added.txt"):
        storage.check_file(place / name, after)
    assert after["files"]["kept.txt"] == before["files"]["kept.txt"]
    assert after["stands_on"] == before["stands_on"]

    def die_while_writing() -> None:
        with storage.renewing_files(place, ["renewed.txt"]) as (new,):
            new.write_text("third")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        die_while_writing()
    assert (place / "renewed.txt").read_text() == "second"
    assert storage.read_manifest(place, "") == after
    files = {"kept.txt", "renewed.txt", "added.txt", "manifest.json"}
    assert {p.name for p in place.iterdir()} == files


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


WRITER = """
import sys
from pathlib import Path
from theta import storage
with storage.replacing(Path(sys.argv[1]), {}) as folder:
    (folder / "file.txt").write_text("half")
    print("writing", flush=True)
    sys.stdin.readline()
"""


def start_writer(place: Path) -> subprocess.Popen[str]:
    """Start a process that is in the middle of writing a folder until it reads a line."""
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(place)], stdin=pipe, stdout=pipe, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "writing\n"
    return process


def test_a_killed_writer_leaves_nothing_and_holds_nothing(tmp_path: Path) -> None:
    place = tmp_path / "run"
    write(place, "first")
    process = start_writer(place)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert (place / "deep" / "file.txt").read_text() == "first"
    write(place, "second")
    assert (place / "deep" / "file.txt").read_text() == "second"
    assert {p.name for p in tmp_path.iterdir()} == {"run", ".run.lock"}


def test_a_second_writer_waits(tmp_path: Path) -> None:
    place = tmp_path / "run"
    process = start_writer(place)
    second = threading.Thread(target=write, args=(place, "second"))
    second.start()
    second.join(timeout=0.3)
    assert second.is_alive()
    process.communicate("finish\n")
    second.join()
    assert process.returncode == 0
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


def test_a_full_disk_is_an_error_of_the_system(tmp_path: Path) -> None:
    """/dev/full says what a full disk says."""
    weights = tmp_path / "weights.safetensors"
    weights.symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        storage.write_arrays(weights, {"a": np.zeros(9)})


def test_arrays_are_written_as_safetensors(tmp_path: Path) -> None:
    every_other = np.arange(6.0)[::2]
    storage.write_arrays(tmp_path / "a.safetensors", {"a": every_other, "step": np.array(7.0)})
    written = load_file(tmp_path / "a.safetensors")
    assert written["a"].tolist() == [0, 2, 4]
    assert written["step"].shape == ()


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


# --- links, and what is not ours -------------------------------------------------------------


@pytest.mark.parametrize("there", [True, False])
def test_a_folder_is_never_written_through_a_link(tmp_path: Path, there: bool) -> None:
    target = tmp_path / "elsewhere"
    if there:
        target.mkdir()
        (target / "mine.txt").write_text("mine")
    (tmp_path / "run").symlink_to(target)
    with pytest.raises(ThetaError, match=r"run is a symbolic link \(to .*elsewhere\)") as caught:
        write(tmp_path / "run", "x")
    assert "\n" not in str(caught.value)
    assert (tmp_path / "run").readlink() == target
    assert target.exists() == there
    assert not there or [p.name for p in target.iterdir()] == ["mine.txt"]


def test_folders_above_may_be_links(tmp_path: Path) -> None:
    (tmp_path / "big disk").mkdir()
    (tmp_path / "result").symlink_to(tmp_path / "big disk")
    for text in ("first", "second"):
        write(tmp_path / "result" / "run", text)
        assert (tmp_path / "big disk" / "run" / "deep" / "file.txt").read_text() == text
    assert (tmp_path / "result").is_symlink()


def test_a_file_is_never_written_through_a_link(tmp_path: Path) -> None:
    target, path = tmp_path / "mine.txt", tmp_path / "out.csv"
    target.write_text("mine")
    path.symlink_to(target)
    with (
        pytest.raises(ThetaError, match=r"out\.csv is a symbolic link"),
        storage.replacing_file(path) as new,
    ):
        new.write_text("theirs")
    assert target.read_text() == "mine"
    assert {p.name for p in tmp_path.iterdir()} == {"mine.txt", "out.csv"}


def test_a_lock_is_never_opened_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    (tmp_path / ".run.lock").symlink_to(tmp_path / "mine.txt")
    with pytest.raises(ThetaError, match="cannot write"):
        write(tmp_path / "run", "x")
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_files_of_others_are_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    write(tmp_path / "corpus", "an empty folder is no loss")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("mine")
    with pytest.raises(ThetaError, match="would be lost"):
        write(tmp_path / "mine", "x")
    with pytest.raises(ThetaError, match="is a file, but a folder is needed"):
        write(tmp_path / "mine" / "thesis.txt", "x")
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "mine"


def test_a_file_gets_the_usual_permissions(tmp_path: Path) -> None:
    (tmp_path / "usual").write_text("")
    with storage.replacing_file(tmp_path / "new") as new:
        new.write_text("x")
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "usual").stat().st_mode


# --- manifests and files that others have written ----------------------------------------------


def test_any_changed_byte_of_a_manifest_is_found(tmp_path: Path) -> None:
    place = tmp_path / "run"
    write(place, "first")
    path = place / "manifest.json"
    content = path.read_bytes()
    for at in range(len(content)):
        flipped = bytearray(content)
        flipped[at] ^= 1
        path.write_bytes(flipped)
        # White space between the values is nothing to be found.
        with contextlib.suppress(storage.Damaged, MissingFile):
            assert storage.read_manifest(place, "command") == json.loads(content), at


@pytest.mark.parametrize(
    "files",
    [
        {"../outside.txt": {"sha256": "", "bytes": 1}},
        {"deep/../../outside.txt": {"sha256": "", "bytes": 1}},
        {"/etc/passwd": {"sha256": "", "bytes": 1}},
        {"": {"sha256": "", "bytes": 1}},
        {"a": None},
        {"a": {"sha256": 1, "bytes": 1}},
        ["a"],
        None,
    ],
)
def test_a_manifest_lists_nothing_outside_of_its_folder(tmp_path: Path, files: object) -> None:
    place = tmp_path / "run"
    write(place, "first")
    manifest = {"format": storage.FORMAT, "theta": "", "stands_on": {}, "files": files}
    signed = {**manifest, "checksum": storage.fingerprint(manifest)}
    (place / "manifest.json").write_text(json.dumps(signed))
    with pytest.raises(storage.Damaged, match=r"manifest\.json is damaged"):
        storage.read_manifest(place, "command")


@pytest.mark.parametrize(
    "content",
    [b"{", b"[NaN]", b"[Infinity]", b"9" * 5_000, b"[" * 100_000, b'"\xff"', b"\x80\x04]\x94."],
    ids=range(7),
)
def test_invalid_json_is_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.json").write_bytes(content)
    with pytest.raises(storage.Damaged, match=r"x\.json is not valid JSON") as caught:
        storage.read_json(tmp_path / "x.json")
    assert "\n" not in str(caught.value)


def test_a_checksum_covers_names_types_shapes_values_and_facts() -> None:
    array = np.arange(6, dtype=np.float32)
    digests = {
        storage.checksum(arrays, facts)
        for arrays, facts in (
            ({"a": array}, {}),
            ({"b": array}, {}),
            ({"a": array + 1}, {}),
            ({"a": array.view(np.int32)}, {}),
            ({"a": array.reshape(2, 3)}, {}),
            ({"a": array}, {"about": "x"}),
        )
    }
    assert len(digests) == 6
    assert storage.checksum({"a": array}, {}) in digests
