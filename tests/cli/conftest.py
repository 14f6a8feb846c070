"""A person's folder: documents in data/, the tiny models in THETA_MODELS_DIR."""

from __future__ import annotations

import csv
import hashlib
import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from theta import storage
from theta.cli import prepare, run

THEMES = {
    "space": "rocket orbit satellite launch moon astronaut engine mission planet telescope",
    "sport": "goal match striker team coach league stadium referee penalty season",
    "money": "market shares bank interest inflation trade investors profit currency budget",
}


def themed_rows(n: int, seed: int = 0) -> list[dict[str, str]]:
    """Documents about one theme each, long enough to have halves."""
    draw = random.Random(seed)
    rows = []
    for i in range(n):
        label = sorted(THEMES)[i % len(THEMES)]
        words = draw.choices(THEMES[label].split(), k=16)
        rows.append({"text": " ".join(words) + f" report {i}.", "label": label})
    return rows


def write_csv(path: Path, rows: list[dict[str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, models_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder of every test here: empty but for data/my_dataset."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("THETA_MODELS_DIR", str(models_dir))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    for name in ("THETA_DATA_DIR", "THETA_WORKSPACE_DIR", "THETA_RESULT_DIR"):
        monkeypatch.delenv(name, raising=False)
    write_csv(tmp_path / "data" / "my_dataset" / "documents.csv", themed_rows(90))
    return tmp_path


@pytest.fixture(scope="session")
def prepared_workspace(tmp_path_factory: pytest.TempPathFactory, models_dir: Path) -> Path:
    """A folder in which my_dataset is prepared for 0.6B, made once."""
    place = tmp_path_factory.mktemp("prepared")
    write_csv(place / "data" / "my_dataset" / "documents.csv", themed_rows(90))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        patch.setenv("THETA_MODELS_DIR", str(models_dir))
        assert prepare.main(["--dataset", "my_dataset", "--gpu", "-1", "--quiet"]) == 0
    return place


@pytest.fixture
def prepared(folder: Path, prepared_workspace: Path) -> Path:
    """The current folder with my_dataset prepared for 0.6B."""
    shutil.rmtree(folder / "data")
    shutil.copytree(prepared_workspace, folder, dirs_exist_ok=True)
    return folder


RunPipeline = Callable[..., int]

QUICK = (
    "--num_topics",
    "3",
    "--epochs",
    "3",
    "--kl_warmup",
    "1",
    "--hidden_dim",
    "16",
    "--gpu",
    "-1",
)


@pytest.fixture
def quick_run() -> RunPipeline:
    """Run the pipeline on my_dataset with a schedule of a second."""

    def call(*flags: str) -> int:
        return run.main(["--dataset", "my_dataset", *QUICK, *flags])

    return call


@pytest.fixture(scope="session")
def finished_workspace(
    prepared_workspace: Path, models_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A folder with a finished run of my_dataset, made once."""
    place = tmp_path_factory.mktemp("finished")
    shutil.copytree(prepared_workspace, place, dirs_exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        patch.setenv("THETA_MODELS_DIR", str(models_dir))
        flags = ["--dataset", "my_dataset", *QUICK, "--skip-viz", "--skip-eval", "--quiet"]
        assert run.main(flags) == 0
    return place


@pytest.fixture
def finished(folder: Path, finished_workspace: Path) -> Path:
    """The current folder with a finished run, and new.csv."""
    shutil.rmtree(folder / "data")
    shutil.copytree(finished_workspace, folder, dirs_exist_ok=True)
    rows = [{"who": f"person {i}", **row} for i, row in enumerate(themed_rows(23, seed=7))]
    write_csv(folder / "new.csv", rows)
    return folder


def errors(capsys: pytest.CaptureFixture[str]) -> list[str]:
    lines = capsys.readouterr().err.splitlines()
    return [line for line in lines if line.startswith("error: ")]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def forge(folder: Path, name: str, content: bytes) -> None:
    """Put other content into a finished folder, as somebody would who knows the format."""
    (folder / name).write_bytes(content)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    sha256 = hashlib.sha256(content).hexdigest()
    manifest["files"][name] = {"sha256": sha256, "bytes": len(content)}
    sign(folder, manifest)


def sign(folder: Path, manifest: dict[str, Any]) -> None:
    """Write a manifest whose checksum is right."""
    content = {name: part for name, part in manifest.items() if name != "checksum"}
    signed = {**content, "checksum": storage.fingerprint(content)}
    (folder / "manifest.json").write_text(json.dumps(signed), encoding="utf-8")
