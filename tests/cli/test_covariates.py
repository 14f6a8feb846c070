"""STM from documents to the topics of new ones, as a person types it."""

from __future__ import annotations

import csv
import random
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import THEMES, errors, write_csv
from theta.cli import prepare, run

STM = ("--dataset", "voices", "--models", "stm", "--num_topics", "3", "--gpu", "-1")


def voices(n: int, seed: int = 0) -> list[dict[str, str]]:
    """Party b writes about space four times as often as party a; age says nothing."""
    draw = random.Random(seed)
    rows = []
    for i in range(n):
        party = "ab"[i % 2]
        weights = {"money": 1, "space": 4 if party == "b" else 1, "sport": 4 if party == "a" else 1}
        (theme,) = draw.choices(list(weights), list(weights.values()))
        text = " ".join(draw.choices(THEMES[theme].split(), k=16))
        rows.append({"text": text, "cov_party": party, "cov_age": str(draw.randint(20, 70))})
    return rows


@pytest.fixture(scope="module")
def voices_workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a finished run of STM, made once."""
    place = tmp_path_factory.mktemp("voices")
    write_csv(place / "data" / "voices" / "documents.csv", voices(240))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        assert prepare.main(["--dataset", "voices", "--model", "baseline", "--quiet"]) == 0
        assert run.main([*STM, "--skip-viz", "--skip-eval", "--quiet"]) == 0
    return place


@pytest.fixture
def trained(voices_workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder with that run; nothing is written into it."""
    monkeypatch.setenv("THETA_RESULT_DIR", str(voices_workspace / "result"))
    monkeypatch.setenv("THETA_WORKSPACE_DIR", str(voices_workspace / "workspace"))
    monkeypatch.setenv("THETA_DATA_DIR", str(voices_workspace / "data"))
    return voices_workspace / "result/baseline/voices/stm/K3"


def inferred(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    write_csv(Path("new.csv"), rows)
    assert run.main([*STM, "--infer", "new.csv"]) == 0
    with Path("new_topics.csv").open(encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def weights_of(row: dict[str, str]) -> list[float]:
    return [float(row[f"topic_{k}"]) for k in range(3)]


def space_topic(run_folder: Path) -> int:
    with (run_folder / "topics.csv").open(encoding="utf-8") as handle:
        return next(int(row["id"]) for row in csv.DictReader(handle) if "orbit" in row["top_words"])


def test_new_documents_bring_their_covariates(trained: Path) -> None:
    rows = voices(8, seed=5)
    # Nothing but the covariates tells these two apart.
    unknown = {"text": "qwrt zxcv", "cov_age": "40"}
    rows += [{**unknown, "cov_party": "a"}, {**unknown, "cov_party": "b"}]
    found = inferred(rows)
    space = space_topic(trained)
    assert weights_of(found[9])[space] > weights_of(found[8])[space] + 0.1
    assert [row["cov_party"] for row in found] == [row["cov_party"] for row in rows]
    # Order of columns and rows, and columns that the run does not know, change nothing.
    turned = [{"cov_age": r["cov_age"], "who": "x", **r, "cov_new": "?"} for r in rows[::-1]]
    assert [weights_of(row) for row in inferred(turned)[::-1]] == [weights_of(r) for r in found]


def test_documents_of_the_corpus_keep_their_topics(trained: Path) -> None:
    weights = np.array([weights_of(row) for row in inferred(voices(240))])
    np.testing.assert_allclose(weights, np.load(trained / "theta.npy"), atol=1e-6)


def test_an_unknown_level_is_told_and_taken_as_average(
    trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row = voices(1, seed=5)[0]
    parties = ["a", "pirate", "pirate", "", "b"]
    found = inferred([{**row, "cov_party": party} for party in parties])
    warnings = [line for line in capsys.readouterr().err.splitlines() if "no training" in line]
    assert len(warnings) == 1
    assert "3 of 5 documents have a cov_party that no training document has" in warnings[0]
    assert "('pirate', no value)" in warnings[0]
    assert found[1]["note"].startswith("no training document has cov_party 'pirate'")
    assert found[3]["note"].startswith("no training document has cov_party no value")
    assert found[0]["note"] == found[4]["note"] == ""
    space = space_topic(trained)
    low, average, high = (weights_of(found[i])[space] for i in (0, 1, 4))
    assert low < average < high


@pytest.mark.parametrize("value", ["old", "", "nan", "inf"])
def test_what_is_no_number_is_named_with_its_line(
    trained: Path, capsys: pytest.CaptureFixture[str], value: str
) -> None:
    rows = voices(4, seed=5)
    rows[1] |= {"text": " ", "cov_age": value}  # has no text, so it needs no age
    rows[2]["cov_age"] = value
    write_csv(Path("new.csv"), rows)
    assert run.main([*STM, "--infer", "new.csv"]) == 3
    (line,) = errors(capsys)
    assert f"new.csv, line 4: cov_age is a number in the run, but here it says '{value}'" in line
    assert not Path("new_topics.csv").exists()


def test_a_missing_column_is_named(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"text": row["text"], "cov_party": row["cov_party"]} for row in voices(4)]
    write_csv(Path("new.csv"), rows)
    assert run.main([*STM, "--infer", "new.csv"]) == 3
    (line,) = errors(capsys)
    assert "new.csv has no column cov_age; found text, cov_party" in line
