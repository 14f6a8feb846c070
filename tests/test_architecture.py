"""The arrows of the design, read from the imports."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "theta"

LAYERS = {
    "errors": 0,
    "options": 0,
    "layout": 0,
    "libraries": 0,
    "contracts": 0,
    "devices": 0,
    "i18n": 0,
    "storage": 0,
    "workers": 0,
    "corpus": 1,
    "embeddings": 1,
    "nn": 1,
    "effects": 1,
    "evaluation": 1,
    "plots": 1,
    "models": 2,
    "trends": 2,
    "relations": 2,
    "run": 3,
    "report": 4,
    "intrusion": 5,
    "paper": 5,
    "pipeline": 6,
    "tuning": 7,
    "cli": 8,
    "estimator": 8,
    "tables": 8,
}
WITH_TORCH = {"devices", "nn", "embeddings", "pipeline/device.py"}
FILES = sorted(PACKAGE.rglob("*.py"))
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "manager", "common", "misc"}


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@cache
def imports(path: Path) -> list[tuple[str, bool]]:
    """(module, at the head of the file?) of every import."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    head = set()
    for node in tree.body:
        guarded = isinstance(node, ast.If)
        head |= set(ast.walk(node)) if guarded else {node}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, node in head) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            module = node.module or ""
            # `from theta import storage` imports theta.storage.
            names = (
                [f"theta.{alias.name}" for alias in node.names] if module == "theta" else [module]
            )
            found += [(name, node in head) for name in names]
    return found


def own_parts(path: Path) -> set[str]:
    parts = {name.split(".")[1] for name, _ in imports(path) if name.startswith("theta.")}
    return parts - {"__version__"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    part = part_of(path)
    if part == "__init__" or path.name == "__main__.py":
        return  # the door of `python -m`: it hands over to cli
    for imported in own_parts(path) - {part}:
        assert imported in LAYERS, f"{path} imports theta.{imported}, which has no layer"
        if LAYERS[part] == 0:
            assert LAYERS[imported] == 0, f"{path} imports theta.{imported}"
        else:
            assert LAYERS[imported] < LAYERS[part], f"{path} imports theta.{imported}"


def test_foundation_has_no_circle() -> None:
    foundation = [name for name, layer in LAYERS.items() if layer == 0]
    arrows = {
        name: {
            imported
            for path in FILES
            if part_of(path) == name
            for imported in own_parts(path) - {name}
        }
        for name in foundation
    }
    settled: set[str] = set()
    while len(settled) < len(foundation):
        free = {name for name in foundation if arrows[name] <= settled} - settled
        assert free, f"a circle among {set(foundation) - settled}"
        settled |= free


def test_only_cli_knows_argparse() -> None:
    for path in FILES:
        if part_of(path) != "cli":
            assert "argparse" not in {name for name, _ in imports(path)}, path


def test_torch_stays_in_its_place() -> None:
    for path in FILES:
        place = str(path.relative_to(PACKAGE))
        if part_of(path) not in WITH_TORCH and place not in WITH_TORCH:
            # A model that is a network names its layers when it is built, not when it is listed.
            late_is_fine = part_of(path) == "models"
            names = {
                name.split(".")[0] for name, at_head in imports(path) if at_head or not late_is_fine
            }
            assert not names & {"torch", "transformers"}, path


def test_own_imports_stand_at_the_head() -> None:
    late = {
        (str(path.relative_to(PACKAGE)), name)
        for path in FILES
        for name, at_head in imports(path)
        if name.startswith("theta") and not at_head
    }
    # Each is late so that --help and a mistyped flag bring no torch, numpy or scipy.
    allowed_importers = {"__init__.py", "cli", "models", "corpus", "plots"}
    for place, name in late:
        assert place in allowed_importers or place.split("/")[0] in allowed_importers, (place, name)


def test_no_vague_names() -> None:
    for path in FILES:
        assert not set(path.relative_to(PACKAGE).with_suffix("").parts) & FORBIDDEN_NAMES, path


def test_no_pickle_is_read() -> None:
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        assert "allow_pickle=True" not in text, path
        assert "weights_only=False" not in text, path
        names = {name.split(".")[0] for name, _ in imports(path)}
        assert not names & {"pickle", "joblib", "dill", "shelve", "marshal"}, path


@pytest.mark.parametrize("script", ["run_pipeline.py", "prepare_data.py"])
def test_help_imports_nothing_heavy(script: str) -> None:
    code = (
        f"import sys, runpy; sys.argv = ['{script}', '--help']\n"
        f"try: runpy.run_path({str(ROOT / script)!r}, run_name='__main__')\n"
        "except SystemExit as end: assert end.code == 0\n"
        "heavy = {'torch', 'scipy', 'sklearn', 'pyarrow', 'transformers', 'matplotlib', 'pandas'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert answer.returncode == 0, answer.stderr
    assert "--dataset" in answer.stdout
