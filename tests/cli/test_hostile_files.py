"""Files and names that somebody has made to do harm: each is refused in one line."""

from __future__ import annotations

import io
import json
import os
import pickle
import time
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import RunPipeline, contents, forge, sign
from theta import THETA
from theta.cli import prepare, run
from theta.errors import MissingFile
from theta.storage import Damaged

RUN = Path("result/0.6B/my_dataset/zero_shot")
CORPUS = Path("workspace/my_dataset/corpus")
EMBEDDINGS = Path("workspace/my_dataset/embeddings/0.6B_zero_shot")


class Bomb:
    """Leaves a trace when it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (os.mkdir, ("exploded",))


def pickled_array() -> bytes:
    file = io.BytesIO()
    np.save(file, np.array([Bomb()], dtype=object), allow_pickle=True)
    return file.getvalue()


def refused(code: int, wanted: int, capsys: pytest.CaptureFixture[str]) -> str:
    """Return the one line that says why."""
    captured = capsys.readouterr()
    assert code == wanted, captured.err
    assert "Traceback" not in captured.err
    assert not Path("exploded").exists()
    (line,) = [line for line in captured.err.splitlines() if line.startswith("error: ")]
    return line


@pytest.mark.parametrize(
    "words",
    [
        b'{"__proto__": {"length": 29}}',
        b'["' + b'", "'.join(b"moon" for _ in range(29)) + b'"]',
        json.dumps(list(range(29))).encode(),
        json.dumps([[f"w{i}"] for i in range(29)]).encode(),
        json.dumps([f"w{i}" for i in range(28)]).encode(),
        json.dumps([f"w{i}" for i in range(100_000)]).encode(),
        b"[" * 200_000 + b"]" * 200_000,
        b"[NaN, Infinity]",
        b'["\xff\xfe\xfa"]',
        pickle.dumps(["moon"]),
    ],
    ids=range(10),
)
def test_vocabularies(
    prepared: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str], words: bytes
) -> None:
    forge(CORPUS, "vocab.json", words)
    # The vectors follow, as they would for a corpus of these words.
    manifest = json.loads((CORPUS / "manifest.json").read_text(encoding="utf-8"))
    vectors = json.loads((EMBEDDINGS / "manifest.json").read_text(encoding="utf-8"))
    from theta.corpus.store import corpus_fingerprint

    vectors["stands_on"]["corpus"] = corpus_fingerprint(manifest)
    sign(EMBEDDINGS, vectors)
    line = refused(quick_run(), 1, capsys)
    assert "vocab.json is" in line or "the bag of words must have one column per word" in line
    assert "prepare_data.py" in line


def test_words_like_paths_and_code_are_words(
    prepared: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    words = json.loads((CORPUS / "vocab.json").read_text(encoding="utf-8"))
    words[:5] = ["__proto__", "../../../outside", "/etc/passwd", "</script>", "=1+1"]
    forge(CORPUS, "vocab.json", json.dumps(words).encode())
    assert prepare.main(["--dataset", "my_dataset", "--gpu", "-1", "--quiet"]) == 0
    before = {name for name in contents(prepared) if not name.startswith("result/")}
    assert quick_run("--skip-viz") == 0
    assert {name for name in contents(prepared) if not name.startswith("result/")} == before
    assert not (prepared.parent / "outside").exists()


@pytest.mark.parametrize("name", ["documents.npy", "words.npy"])
def test_pickled_vectors(
    prepared: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    forge(EMBEDDINGS, name, pickled_array())
    assert f"{name} is damaged" in refused(quick_run(), 1, capsys)


@pytest.mark.parametrize("name", ["theta.npy", "beta.npy", "checkpoints/reference.npz"])
def test_pickled_arrays_of_a_run(
    finished: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    content = pickled_array()
    if name.endswith("npz"):
        file = io.BytesIO()
        np.savez(file, points=np.array([Bomb()], dtype=object), allow_pickle=True)
        content = file.getvalue()
    forge(RUN, name, content)
    flag = ("--infer", "new.csv") if name != "theta.npy" else ("--skip-train", "--skip-viz")
    assert f"{Path(name).name} is damaged" in refused(quick_run(*flag), 1, capsys)


def test_counts_that_point_outside_of_the_vocabulary(
    prepared: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    with np.load(CORPUS / "bow.npz", allow_pickle=False) as file:
        arrays = dict(file)
    arrays["indices"] = arrays["indices"] + 1_000_000
    file = io.BytesIO()
    np.savez(file, **arrays)
    forge(CORPUS, "bow.npz", file.getvalue())
    assert "is damaged" in refused(quick_run(), 1, capsys)


@pytest.mark.parametrize("script", [prepare.main, run.main])
@pytest.mark.parametrize(
    "text",
    [
        "run: !!python/object/apply:os.mkdir ['exploded']\n",
        "run: !!python/object/new:os.system ['touch exploded']\n",
        "prepare:\n  dataset: !!python/name:os.system\n",
    ],
)
def test_yaml_that_would_run_something(
    folder: Path, capsys: pytest.CaptureFixture[str], script, text: str
) -> None:
    Path("c.yaml").write_text(text, encoding="utf-8")
    code = script(["--dataset", "my_dataset", "--config", "c.yaml"])
    assert "c.yaml is not plain YAML" in refused(code, 3, capsys)


def test_yaml_that_would_fill_the_memory(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parts = ["&a0 [x, x, x, x, x, x, x, x, x, x]"]
    parts += [f"&a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    Path("c.yaml").write_text(f"run:\n  epochs: [{', '.join(parts)}]\n", encoding="utf-8")
    began = time.monotonic()
    assert run.main(["--dataset", "my_dataset", "--config", "c.yaml"]) == 3
    Path("d.yaml").write_text("run:\n  epochs: " + "[" * 100_000, encoding="utf-8")
    assert run.main(["--dataset", "my_dataset", "--config", "d.yaml"]) == 3
    assert time.monotonic() - began < 60
    said = capsys.readouterr().err
    assert len(said) < 10_000
    assert "Traceback" not in said


@pytest.mark.parametrize("name", ["../../etc", "/etc", "a/b", "..", ".hidden", "a\\b", "a\0b"])
def test_names_that_leave_the_folder(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    before = contents(folder)
    for main in (prepare.main, run.main):
        assert "cannot name a folder" in refused(main(["--dataset", name]), 3, capsys)
    assert contents(folder) == before


def test_a_manifest_that_lists_files_elsewhere(
    finished: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    (finished / "mine.txt").write_text("mine")
    manifest = json.loads((RUN / "manifest.json").read_text(encoding="utf-8"))
    outside = "../../../../mine.txt"
    manifest["files"][outside] = {"sha256": "0" * 64, "bytes": 4}
    sign(RUN, manifest)
    for flags in (("--skip-train",), ("--infer", "new.csv"), ("--verify", str(RUN))):
        assert "manifest.json is damaged" in refused(quick_run(*flags), 1, capsys)
    with pytest.raises(Damaged, match=r"manifest\.json is damaged"):
        THETA.load(RUN)
    assert (finished / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("part", "change", "says"),
    [
        (None, {"model": "pickle"}, "which this version of THETA does not have"),
        ("model_options", {"depth": 3}, "depth = 3"),
        ("model_options", {"epochs": "many"}, "epochs = many"),
    ],
)
def test_a_run_of_another_version(
    finished: Path,
    quick_run: RunPipeline,
    capsys: pytest.CaptureFixture[str],
    part: str | None,
    change: dict[str, object],
    says: str,
) -> None:
    config = json.loads((RUN / "config.json").read_text(encoding="utf-8"))
    (config if part is None else config[part]).update(change)
    forge(RUN, "config.json", json.dumps(config).encode())
    for flags in (("--infer", "new.csv"), ("--verify", str(RUN))):
        assert says in refused(quick_run(*flags), 2, capsys)
    with pytest.raises(MissingFile, match=says):
        THETA.load(RUN)
