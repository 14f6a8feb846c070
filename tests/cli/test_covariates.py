"""STM from documents to the topics of new ones, as a person types it."""

from __future__ import annotations

import csv
import json
import random
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import THEMES, errors, sign, write_csv
from theta import load_run
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
    with Path("new_topics.csv").open(encoding="utf-8-sig") as handle:
        return list(csv.DictReader(handle))


def weights_of(row: dict[str, str]) -> list[float]:
    return [float(row[f"topic_{k}"]) for k in range(3)]


def space_topic(run_folder: Path) -> int:
    with (run_folder / "topics.csv").open(encoding="utf-8-sig") as handle:
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


def test_an_unknown_level_is_reported_and_taken_as_average(
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
    assert f"new.csv, line 4: cov_age is numeric in the run, but here it is '{value}'" in line
    assert not Path("new_topics.csv").exists()


def test_a_missing_column_is_named(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"text": row["text"], "cov_party": row["cov_party"]} for row in voices(4)]
    write_csv(Path("new.csv"), rows)
    assert run.main([*STM, "--infer", "new.csv"]) == 3
    (line,) = errors(capsys)
    assert "new.csv has no column cov_age (its columns are text, cov_party)" in line


def test_effects_are_stored_and_shown(
    voices_workspace: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shutil.copytree(voices_workspace, tmp_path, dirs_exist_ok=True)
    folder = tmp_path / "result/baseline/voices/stm/K3"
    path = folder / "covariate_effects.csv"
    assert "covariate_effects.csv" in json.loads((folder / "manifest.json").read_text())["files"]
    with path.open(encoding="utf-8-sig") as handle:
        rows = list(csv.DictReader(handle))
    assert len(rows) == 3 * 2  # one of the two parties is the reference
    space = space_topic(folder)
    (party,) = (r for r in rows if r["topic"] == str(space) and r["covariate"] == "cov_party")
    direction = 1 if party["level"] == "b" else -1
    # Party b writes 4 of 6 documents about space, party a 1 of 6.
    assert direction * float(party["effect"]) == pytest.approx(0.5, abs=0.15)
    assert "orbit" in party["top_words"]

    # A run of before the table was there gets it when it is judged again.
    written = path.read_bytes()
    sign_without(folder, "covariate_effects.csv")
    path.unlink()
    assert run.main([*STM, "--skip-train", "--skip-viz", "--skip-eval"]) == 0
    assert path.read_bytes() == written
    out = capsys.readouterr().out
    assert "The clearest effects of covariates" in out
    assert f"topic {space}" in out
    assert f"The full table is in {path}" in out
    assert run.main([*STM, "--skip-train", "--skip-viz", "--skip-eval", "--json"]) == 0
    (record,) = json.loads(capsys.readouterr().out)["runs"]
    assert record["tables"] == {"covariate_effects": str(path)}
    tables = load_run(folder).model_tables
    assert list(tables) == ["covariate_effects"]
    assert len(tables["covariate_effects"]) == 6

    path.write_bytes(written[:-2])
    assert run.main(["--verify", str(folder)]) == 1
    assert "covariate_effects.csv is damaged" in capsys.readouterr().out


def sign_without(folder: Path, name: str) -> None:
    """Let a manifest list one file less."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    del manifest["files"][name]
    sign(folder, manifest)


def test_a_number_that_a_held_out_document_lacks_is_reported_before_training(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [{**row, "split": "train"} for row in voices(30)]
    rows[0] |= {"split": "test", "cov_age": ""}
    write_csv(folder / "data" / "voices" / "documents.csv", rows)
    assert prepare.main(["--dataset", "voices", "--model", "baseline", "--quiet"]) == 0
    monkeypatch.setattr("theta.pipeline.make.train", lambda *_, **__: pytest.fail("trained"))
    assert run.main([*STM, "--skip-viz"]) == 3
    assert "cov_age has no number in 1 of 30 documents" in errors(capsys)[0]


def prepare_voices(rows: list[dict[str, str]]) -> None:
    write_csv(Path("data/voices/documents.csv"), rows)
    assert prepare.main(["--dataset", "voices", "--model", "baseline", "--quiet"]) == 0


def test_one_cell_that_is_no_number_is_no_factor_with_a_level_per_document(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{**row, "id": f"row{i}", "cov_age": str(i)} for i, row in enumerate(voices(240))]
    rows[56]["cov_age"] = "unknown"
    prepare_voices(rows)
    assert run.main([*STM, "--skip-viz", "--skip-eval", "--quiet"]) == 3
    (line,) = errors(capsys)
    assert "cov_age has no number in 1 of 240 documents: row56 ('unknown')" in line

    exclude = ("--missing_covariates", "exclude", "--max_iter", "15")
    assert run.main([*STM, *exclude, "--skip-viz", "--skip-eval", "--quiet"]) == 0
    shown = capsys.readouterr()
    assert "1 of 194 training documents" in shown.err
    assert "cov_age" not in shown.out  # age says nothing, and nothing is said of it
    place = folder / "result/baseline/voices/stm/K3"
    with (place / "covariate_effects.csv").open(encoding="utf-8") as handle:
        found = [row for row in csv.DictReader(handle) if row["covariate"] == "cov_age"]
    assert [row["level"] for row in found] == ["", "", ""]
    assert all(abs(float(row["effect"])) < 0.01 for row in found)
    theta = np.load(place / "theta.npy")
    assert theta.shape == (240, 3)

    capsys.readouterr()
    write_csv(Path("new.csv"), rows[54:58])
    assert run.main([*STM, "--infer", "new.csv", "--quiet"]) == 0
    told = capsys.readouterr().err
    assert "1 of 4 documents have no number in cov_age: the mean of the training documents" in told
    with Path("new_topics.csv").open(encoding="utf-8-sig") as handle:
        found = list(csv.DictReader(handle))
    note = "cov_age has no number: the mean of the training documents is used"
    assert [row["note"] for row in found] == ["", "", note, ""]
    np.testing.assert_allclose([weights_of(row) for row in found], theta[54:58], atol=1e-6)


def test_odd_covariates_are_mentioned_even_when_quiet(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{**row, "cov_wave": "2"} for row in voices(120)]
    for row in rows[:3]:
        row["cov_party"] = "pirate"
    prepare_voices(rows)
    assert run.main([*STM, "--skip-viz", "--skip-eval", "--quiet", "--max_iter", "5"]) == 0
    err = capsys.readouterr().err
    assert "cov_wave is constant in the training documents and ignored" in err
    assert "cov_party: 1 of 3 levels have fewer than 5 training documents" in err

    prepare_voices([{**row, "cov_group": row["cov_party"].upper()} for row in voices(120)])
    assert run.main([*STM, "--skip-viz", "--skip-eval", "--quiet"]) == 3
    (line,) = errors(capsys)
    assert "cov_group = 'A' is determined by cov_party" in line
