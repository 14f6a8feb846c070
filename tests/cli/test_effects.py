"""theta effects and --effects, as a person types them."""

from __future__ import annotations

import csv
import json
import random
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import THEMES, errors, write_csv
from theta.cli import main as theta
from theta.cli import prepare, run
from theta.models.calibration import Start
from theta.storage import read_manifest, read_npz

FORMULA = "~ party * age + spline(date, 3)"
TRAIN = ("--dataset", "speeches", "--num_topics", "3", "--gpu", "-1", "--skip_eval", "--quiet")


def speeches(n: int, seed: int = 0) -> list[dict[str, str]]:
    """Party b speaks about space four times as often as party a; age and date say nothing."""
    draw = random.Random(seed)
    rows = []
    for i in range(n):
        party = "ab"[i % 2]
        weights = {"money": 1, "space": 4 if party == "b" else 1, "sport": 4 if party == "a" else 1}
        themes = draw.choices(list(weights), list(weights.values()), k=16)
        rows.append(
            {
                "text": " ".join(draw.choice(THEMES[theme].split()) for theme in themes),
                "date": f"20{10 + i % 9}-0{1 + i % 7}-15",
                "cov_party": party,
                "cov_age": "" if i == 5 else str(draw.randint(20, 70)),
                "cov_speaker": f"speaker {i // 4}",
            }
        )
    return rows


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a finished run of LDA without charts, made once."""
    place = tmp_path_factory.mktemp("speeches")
    write_csv(place / "data" / "speeches" / "documents.csv", speeches(160))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        assert prepare.main(["--dataset", "speeches", "--model", "baseline", "--quiet"]) == 0
        assert run.main([*TRAIN, "--models", "lda", "--skip_viz"]) == 0
    return place


@pytest.fixture
def trained(folder: Path, finished: Path) -> Path:
    """The current folder with that run, relative to it."""
    shutil.rmtree(folder / "data")
    shutil.copytree(finished, folder, dirs_exist_ok=True)
    return Path("result/baseline/speeches/lda/K3")


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def test_effects_in_a_finished_run(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert theta.main(["effects", "--run", str(trained), FORMULA, "--cluster", "speaker"]) == 0
    out, err = capsys.readouterr()
    assert "The clearest effects of ~ party * age + spline(date, 3)" in out
    assert "percentage points more where party is b than where it is a" in out
    assert "1 of 160 documents have no value in age (1)" in err
    files = {path.name for path in (trained / "effects").iterdir()}
    assert files == {
        "effects.csv", "effects.json", "effects.md", "effects.tex",
        "predicted_shares.csv",
    }  # fmt: skip
    figures = {path.name for path in (trained / "visualizations").glob("effect_*.png")}
    assert figures == {
        "effect_party.png", "effect_age.png", "effect_party_x_age.png", "effect_spline-date-3.png",
    }  # fmt: skip
    # The manifest lists what was added, so that the run is still whole.
    assert {f"effects/{name}" for name in files} <= set(read_manifest(trained, "")["files"])
    rows = rows_of(trained / "effects/effects.csv")
    topics = {row["id"]: row["top_words"] for row in rows_of(trained / "topics.csv")}
    party = [r for r in rows if r["kind"] == "marginal effect" and r["name"] == "party"]
    (space,) = [r for r in party if not r["at"] and "astronaut" in topics[r["topic"]]]
    assert float(space["estimate"]) > 0.25
    assert float(space["p_holm"]) < 1e-6
    assert 0 < float(space["variance_from_draws"]) < 1
    record = json.loads((trained / "effects/effects.json").read_text(encoding="utf-8"))
    assert (record["cluster"], record["n_clusters"], record["n_docs"]) == ("speaker", 40, 159)
    assert record["calibration"]["prevalence"] == FORMULA
    calibrated = {r["topic"]: r for r in rows_of(trained / "calibration/calibrated_topics.csv")}
    assert "astronaut" in calibrated[space["topic"]]["calibrated_top_words"]
    assert float(calibrated[space["topic"]]["overlap"]) > 0.5


def test_effects_on_the_shares_of_the_model(trained: Path) -> None:
    command = ["effects", "--run", str(trained), "~ party", "--shares", "model", "--quiet"]
    assert theta.main(command) == 0
    rows = rows_of(trained / "effects/effects.csv")
    (space,) = [r for r in rows if r["kind"] == "marginal effect" and r["topic"] == "1"]
    # Four of six tokens are about space in party b, one of six in party a.
    assert float(space["estimate"]) == pytest.approx(0.5, abs=0.12)


def test_calibration_is_done_once(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = trained / "calibration/state.npz"
    assert state.exists()  # from the topics over time, since the documents have dates

    def chosen(*_: object) -> None:
        raise AssertionError("calibrated again")

    with monkeypatch.context() as patch:
        patch.setattr(Start, "chosen", chosen)
        for command in (["effects", "~ party", "--draws", "5"], ["trends"], ["relations"]):
            assert theta.main([*command, "--run", str(trained), "--quiet"]) == 0
    Path("edits.yaml").write_text("- merge: [0, 1]\n", encoding="utf-8")
    assert theta.main(["edit", "--run", str(trained), "edits.yaml", "--skip_viz"]) == 0
    assert len(read_npz(state)["topic_word"]) == 2


def test_topics_that_words_leave_open_are_a_warning(
    trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The speeches are of 16 words, and mix all topics, in each party in one way."""
    assert theta.main(["effects", "--run", str(trained), "~ party", "--draws", "3"]) == 0
    err = capsys.readouterr().err
    assert "(median document: 16 tokens)" in err
    assert "not to be trusted" in err
    record = json.loads((trained / "effects" / "effects.json").read_text(encoding="utf-8"))
    assert record["calibration"]["undetermined"]


def test_one_topic_has_no_effects(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("edits.yaml").write_text("- merge: [0, 1, 2]\n", encoding="utf-8")
    edit = ["edit", "--run", str(trained), "edits.yaml", "--skip_viz", "--skip_eval"]
    assert theta.main(edit) == 0
    capsys.readouterr()
    assert theta.main(["effects", "--run", str(trained), "~ party", "--quiet"]) == 3
    (line,) = errors(capsys)
    assert "has one topic, whose share is 1 in every document" in line


def test_a_cluster_that_is_not_there(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["effects", "--run", str(trained), "~ party", "--cluster", "speakr", "--quiet"]
    assert theta.main(command) == 3
    (line,) = errors(capsys)
    assert "--cluster speakr is not a column of the corpus; did you mean speaker?" in line


def test_a_later_formula_replaces_the_figures(trained: Path) -> None:
    again = [*TRAIN, "--models", "lda", "--skip_train"]
    assert run.main([*again, "--effects", "~ party", "--response", "fractional"]) == 0
    page = (trained / "visualizations/report.html").read_text(encoding="utf-8")
    assert '"term":"party"' in page
    assert theta.main(["effects", "~ age", "--run", str(trained), "--draws", "0"]) == 0
    figures = {path.name for path in (trained / "visualizations").glob("effect_*")}
    assert figures == {"effect_age.png", "effect_age.svg"}
    page = (trained / "visualizations/report.html").read_text(encoding="utf-8")
    assert '"term":"age"' in page
    assert '"term":"party"' not in page
    assert "taken as known" in (trained / "effects/effects.md").read_text(encoding="utf-8")
    # Charts that are drawn again later keep the effects.
    assert theta.main(["report", str(trained), "--only", "effects"]) == 0
    assert (trained / "visualizations/effect_age.png").exists()


def test_a_model_without_a_posterior_says_so(
    trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = [*TRAIN, "--models", "nmf", "--skip_viz"]
    assert run.main([*flags, "--effects", "~ party", "--shares", "model"]) == 0
    err = capsys.readouterr().err
    assert "nmf has no posterior of topic shares: the errors take the shares as known" in err
    assert Path("result/baseline/speeches/nmf/K3/effects/effects.csv").exists()


def test_a_wrong_formula_stops_before_the_training(
    trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = read_manifest(trained, "")
    assert run.main([*TRAIN, "--models", "lda", "--effects", "~ prty"]) == 3
    (line,) = errors(capsys)
    assert "names prty, which is not a column of the corpus; did you mean party?" in line
    assert read_manifest(trained, "") == before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--run", "{run}"], "the formula is missing: theta effects '~ party + age' --run RUN"),
        (["~ party"], "--run is missing"),
        (["~ party", "--run", "{run}", "--draws", "1"], "--draws 1: one draw has no variance"),
        (["~ party", "--run", "{run}", "--shares", "model", "--prevalence", "~ 1"], "no effect"),
        (["~ party", "--run", "{run}", "--permutation_test", "age"], "is not in the formula"),
        (["~ age", "--run", "{run}", "--permutation_test", "age"], "age has numbers: the test is"),
        (["~ party", "--run", "{run}", "--prevalence", "~ prty"], "did you mean party?"),
        (["~ party", "--run", "{run}", "--cluster", "speker"], "did you mean speaker?"),
        (["~ party", "--run", "{run}", "--response", "odds"], "share, logit, fractional"),
    ],
)
def test_what_is_missing_is_named(
    trained: Path, words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert theta.main(["effects", *(word.format(run=trained) for word in words)]) == 3
    assert any(message in line for line in errors(capsys))


def test_json_names_the_files(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert theta.main(["effects", "--run", str(trained), "~ party", "--json", "--quiet"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["formula"] == "~ party"
    assert record["draws"] == 25
    assert all(Path(path).exists() for path in record["tables"] + record["figures"])


def test_effects_of_edited_topics(trained: Path) -> None:
    command = ["effects", "--run", str(trained), "~ party", "--shares", "model", "--quiet"]
    assert theta.main(command) == 0

    def estimates() -> dict[str, float]:
        rows = rows_of(trained / "effects/effects.csv")
        return {r["topic"]: float(r["estimate"]) for r in rows if r["kind"] == "marginal effect"}

    before = estimates()
    Path("edits.yaml").write_text("- merge: [0, 1]\n", encoding="utf-8")
    assert theta.main(["edit", "--run", str(trained), "edits.yaml", "--skip_viz"]) == 0
    assert not (trained / "effects").exists()
    assert theta.main(command) == 0
    # The draws are the same, and their shares are added.
    after = estimates()
    assert after["2"] == pytest.approx(before["2"], abs=1e-5)
    (merged,) = set(after) - {"2"}
    assert after[merged] == pytest.approx(before["0"] + before["1"], abs=1e-5)


def test_prior_means_may_depend_on_other_covariates(trained: Path) -> None:
    def estimates(*flags: str) -> list[float]:
        command = ["effects", "--run", str(trained), "~ party", *flags, "--quiet"]
        assert theta.main(command) == 0
        rows = rows_of(trained / "effects/effects.csv")
        return [float(r["estimate"]) for r in rows if r["kind"] == "marginal effect"]

    own = estimates()
    assert estimates() == own
    assert estimates("--prevalence", "~ party") == own
    record = json.loads((trained / "effects/effects.json").read_text(encoding="utf-8"))
    assert record["n_docs"] == 160
    # One document has no age: it is left out of the effects of the party, too.
    estimates("--prevalence", "~ party + age")
    record = json.loads((trained / "effects/effects.json").read_text(encoding="utf-8"))
    assert (record["n_docs"], record["calibration"]["prevalence"]) == (159, "~ party + age")
    assert estimates("--prevalence", "~ 1") != own


def test_permutations(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["effects", "--run", str(trained), "~ party", "--permutation_test", "party"]
    assert theta.main([*command, "--permutations", "3", "--cluster", "speaker"]) == 0
    assert "an effect on 0 of 3 topics (3 permutations, shares" in capsys.readouterr().out
    for row in rows_of(trained / "effects/permutation_test.csv"):
        # One in four is the smallest p-value there can be.
        assert float(row["p_value"]) == float(row["p_adjusted"]) == 0.25
        assert abs(float(row["estimate"])) > float(row["shuffled_high"])


def test_permutations_train_stm_again(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flags = [*TRAIN, "--models", "stm", "--missing_covariates", "exclude", "--max_iter", "3"]
    flags += ["--min_level_count", "2"]
    test = ["--permutation_test", "party", "--permutations", "1", "--draws", "5"]
    assert run.main([*flags, "--skip_viz", "--effects", "~ party", *test]) == 0
    assert "topics trained again for each" in capsys.readouterr().out
    record = Path("result/baseline/speeches/stm/K3/effects/effects.json")
    permutation = json.loads(record.read_text(encoding="utf-8"))["permutation"]
    assert permutation["retrained"]
    assert len(permutation["p_value"]) == 3
