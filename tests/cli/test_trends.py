"""Topics over time in every dated run, and theta trends, as a person types it."""

from __future__ import annotations

import csv
import datetime
import json
import random
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import THEMES, errors, write_csv
from theta.cli import main as theta
from theta.cli import prepare, run
from theta.storage import read_manifest

TRAIN = (
    "--dataset", "news", "--num_topics", "3", "--gpu", "-1", "--skip_eval", "--quiet",
    "--shares", "model",
)  # fmt: skip
FILES = {
    "change_points.csv", "topics_over_time.csv", "trends.csv", "trends.json", "words_by_period.csv",
}  # fmt: skip


def news(n: int, dates: list[str]) -> list[dict[str, str]]:
    """Sport gives way to space in the middle of the dates."""
    draw = random.Random(0)
    rows = []
    for i in range(n):
        date = dates[i % len(dates)]
        late = i % len(dates) >= len(dates) // 2
        weights = {"money": 3, "space": 5 if late else 1, "sport": 1 if late else 5}
        (main,) = draw.choices(list(weights), list(weights.values()))
        themes = draw.choices([main, *weights], [6, 1, 1, 1], k=16)
        words = [draw.choice(THEMES[theme].split()) for theme in themes]
        rows.append({"text": " ".join(words), "date": date})
    return rows


def days(n: int) -> list[str]:
    """Every third day from 2020 on, written day first."""
    first = datetime.date(2020, 1, 1)
    return [(first + datetime.timedelta(3 * i)).strftime("%d/%m/%Y") for i in range(n)]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a finished run of LDA without charts, made once."""
    place = tmp_path_factory.mktemp("news")
    rows = news(240, days(120))
    rows[7]["date"] = ""
    write_csv(place / "data" / "news" / "documents.csv", rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        assert prepare.main(["--dataset", "news", "--model", "baseline", "--quiet"]) == 0
        assert run.main([*TRAIN, "--models", "lda", "--skip_viz", "--period", "month"]) == 0
    return place


@pytest.fixture
def trained(folder: Path, finished: Path) -> Path:
    """The current folder with that run, relative to it."""
    shutil.rmtree(folder / "data")
    shutil.copytree(finished, folder, dirs_exist_ok=True)
    return Path("result/baseline/news/lda/K3")


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def test_a_dated_run_has_its_topics_over_time(trained: Path) -> None:
    assert {path.name for path in (trained / "trends").iterdir()} == FILES
    assert {f"trends/{name}" for name in FILES} <= set(read_manifest(trained, "")["files"])
    topics = {row["id"]: row["top_words"] for row in rows_of(trained / "topics.csv")}
    (space,) = (number for number, words in topics.items() if "astronaut" in words)
    shares = [r for r in rows_of(trained / "trends/topics_over_time.csv") if r["topic"] == space]
    assert [row["period_begin"] for row in shares][:2] == ["2020-01-01", "2020-02-01"]
    assert sum(int(row["documents"]) for row in shares) == 239
    assert 0 < float(shares[0]["variance_from_draws"]) < 1
    assert float(shares[0]["share"]) < 0.35 < float(shares[-1]["share"])
    lines = {row["topic"]: row for row in rows_of(trained / "trends/trends.csv")}
    assert float(lines[space]["low"]) > 0
    # Document 60 of 120, where space takes over, is of 29 June 2020.
    changes = {row["topic"]: row for row in rows_of(trained / "trends/change_points.csv")}
    assert changes[space]["begin"] == "2020-07-01"
    words = [r for r in rows_of(trained / "trends/words_by_period.csv") if r["topic"] == space]
    assert int(words[0]["documents"]) >= 10
    first = [row["word"] for row in words if row["period_begin"] == words[0]["period_begin"]]
    assert len(set(first[:10]) & set(THEMES["space"].split())) >= 8


def test_another_period_of_a_finished_run(
    trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert theta.main(["report", str(trained), "--only", "report"]) == 0
    command = ["trends", "--run", str(trained), "--period", "week", "--draws", "5"]
    capsys.readouterr()
    assert theta.main(command) == 0
    out, _ = capsys.readouterr()
    assert "Topics whose share rises or falls from 2020-01-01 to 2020-12-23" in out
    assert "percentage points a month (95 %:" in out
    assert "1 of 240 documents have no date and are left out." in out
    assert "Figure in" in out
    rows = rows_of(trained / "trends/topics_over_time.csv")
    assert len({row["period_begin"] for row in rows}) == 52
    assert any(row["share"] == "" for row in rows)  # weeks of fewer than five documents
    page = (trained / "visualizations/report.html").read_text(encoding="utf-8")
    assert '"unit":"week"' in page
    # Training nothing again keeps the chosen period.
    assert run.main([*TRAIN, "--models", "lda", "--skip_train", "--skip_viz"]) == 0
    assert len(rows_of(trained / "trends/topics_over_time.csv")) == len(rows)


def test_json_names_the_files(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["trends", "--run", str(trained), "--shares", "model", "--json", "--quiet"]
    assert theta.main(command) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["period"], record["draws"]) == ("month", 25)
    assert all(Path(path).exists() for path in record["tables"] + record["figures"])


def test_a_model_without_a_posterior_says_so(
    trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run.main([*TRAIN, "--models", "nmf", "--skip_viz"]) == 0
    capsys.readouterr()
    assert theta.main(["trends", "--run", "result/baseline/news/nmf/K3", "--shares", "model"]) == 0
    assert "nmf has no posterior of topic shares" in capsys.readouterr().err


def test_edited_topics_have_their_own_trends(trained: Path) -> None:
    before = {row["topic"]: row for row in rows_of(trained / "trends/trends.csv")}
    Path("edits.yaml").write_text("- merge: [0, 1]\n", encoding="utf-8")
    assert theta.main(["edit", "--run", str(trained), "edits.yaml", "--skip_viz"]) == 0
    after = {row["topic"]: row for row in rows_of(trained / "trends/trends.csv")}
    (merged,) = set(after) - {"2"}
    assert float(after["2"]["change"]) == pytest.approx(float(before["2"]["change"]), abs=1e-5)
    both = float(before["0"]["change"]) + float(before["1"]["change"])
    assert float(after[merged]["change"]) == pytest.approx(both, abs=1e-5)


def test_a_model_with_words_by_time_of_its_own_shows_those(trained: Path) -> None:
    flags = ["--models", "dtm", "--epochs", "2", "--time_slices", "4", "--skip_viz"]
    assert run.main([*TRAIN, *flags]) == 0
    folder = Path("result/baseline/news/dtm/K3")
    own = rows_of(folder / "topic_words_by_slice.csv")
    words = rows_of(folder / "trends/words_by_period.csv")
    assert [r["word"] for r in words] == [r["word"] for r in own]
    assert {r["period_begin"] for r in words} == {r["slice_begin"] for r in own}


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ([], "--run is missing"),
        (["--run", "{run}", "--period", "decade"], "all documents are of one decade"),
        (["--run", "{run}", "--period", "fortnight"], "auto, day, week, month, quarter"),
        (["--run", "{run}", "--draws", "1"], "--draws 1: one draw has no variance"),
    ],
)
def test_what_is_wrong_is_named(
    trained: Path, flags: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert theta.main(["trends", *(flag.format(run=trained) for flag in flags)]) == 3
    assert any(message in line for line in errors(capsys))


@pytest.mark.parametrize(
    ("date", "message"),
    [
        (None, "the documents have no dates; prepare them again with --time_column COLUMN"),
        ("2020-01-01", "the documents have fewer than two different dates"),
    ],
)
def test_without_dates_the_reason_is_named(
    folder: Path, date: str | None, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = news(60, ["2020-01-01"])
    if date is None:
        rows = [{"text": row["text"]} for row in rows]
    write_csv(folder / "data" / "news" / "documents.csv", rows)
    assert prepare.main(["--dataset", "news", "--model", "baseline", "--quiet"]) == 0
    assert run.main([*TRAIN, "--models", "nmf", "--skip_viz"]) == 0
    assert not Path("result/baseline/news/nmf/K3/trends").exists()
    assert theta.main(["trends", "--run", "result/baseline/news/nmf/K3"]) == 3
    (line,) = errors(capsys)
    assert message in line
