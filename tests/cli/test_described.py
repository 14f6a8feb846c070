"""--topics: names, the column fits and every place that says how well a description is met."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.cli.conftest import RunPipeline, contents, errors
from theta import THETA
from theta.cli import main as theta_command
from theta.cli import run
from theta.cli.finished_run import plots
from theta.errors import InvalidOption
from theta.models import described_topics
from theta.run import Run

RUN = Path("result/0.6B/my_dataset/zero_shot")
TOPICS = "Sport: goal, referee and match\nMoney: shares and banks\n"
NEW = ["--dataset", "my_dataset", "--num_topics", "3", "--gpu", "-1", "--quiet"]


@pytest.fixture
def described(finished: Path, quick_run: RunPipeline, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(described_topics, "_LEAST_HELD_OUT", 3)
    Path("topics.txt").write_text(TOPICS, encoding="utf-8")
    longer = ["--epochs", "20", "--learning_rate", "0.02"]
    assert quick_run("--topics", "topics.txt", "--skip_viz", "--skip_eval", *longer) == 0
    return finished


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def page_data() -> Any:
    page = (RUN / "visualizations" / "report.html").read_text(encoding="utf-8")
    found = re.search(r'id="data">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def test_described_topics_are_answered_for(described: Path) -> None:
    shown = (RUN / "run.log").read_text(encoding="utf-8")
    assert re.search(r"Topic 0 is Sport: \d+ documents, of which \d+% fit the description", shown)
    assert "Column fits: a document fits the description of its main topic if" in shown
    opened = Run.open(RUN)
    assert opened.names[:2] == ("Sport", "Money")
    assert opened.name_sources[:2] == ("given", "given")
    documents = rows_of(RUN / "doc_topics.csv")
    assert [row["fits"] for row in documents] == opened.fits
    assert {row["fits"] for row in documents} > {""}
    for row in documents:
        assert row["fits"] in ("", {"0": "Sport", "1": "Money"}.get(row["dominant_topic"]))
    sport = json.loads((RUN / "topic_words.json").read_text(encoding="utf-8"))[0]
    assert sport["description"] == "goal, referee and match"
    assert sport["fitting_documents"] == sum(row["fits"] == "Sport" for row in documents)
    assert {"goal", "referee"} <= sport["description_word_ranks"].keys()
    table = {row["id"]: row for row in rows_of(RUN / "topics.csv")}
    assert table["0"]["fitting_documents"] == str(sport["fitting_documents"])
    assert table["2"]["description"] == table["2"]["fitting_documents"] == ""
    assert run.main(["--verify", str(RUN)]) == 0


def test_new_documents_and_a_loaded_run_say_whether_they_fit(described: Path) -> None:
    assert run.main([*NEW, "--infer", "new.csv", "--infer_output", "out.csv"]) == 0
    rows = rows_of(Path("out.csv"))
    assert {row["fits"] for row in rows} <= {"Sport", "Money", ""}
    for row in rows:
        assert row["fits"] in ("", {"0": "Sport", "1": "Money"}.get(row["dominant_topic"]))
    # The documents of the corpus fit as they did in training.
    assert run.main([*NEW, "--infer", "data/my_dataset", "--infer_output", "again.csv"]) == 0
    assert [row["fits"] for row in rows_of(Path("again.csv"))] == Run.open(RUN).fits
    estimator = THETA.load(RUN)
    estimator.save("copy")
    assert (Path("copy") / "doc_topics.csv").read_bytes() == (RUN / "doc_topics.csv").read_bytes()


def test_edits_rename_and_remove_described_topics(described: Path) -> None:
    Path("edits.yaml").write_text("- rename: {Sport: Games}\n- drop: Money\n", encoding="utf-8")
    flags = ["--run", str(RUN), "edits.yaml", "--skip_viz", "--skip_eval", "--quiet"]
    assert theta_command.main(["edit", *flags]) == 0
    opened = Run.open(RUN)
    assert opened.names[0] == "Games"
    assert {met.name for met in opened.described} == {"Games"}
    assert {row["fits"] for row in rows_of(RUN / "doc_topics.csv")} <= {"Games", ""}
    assert run.main(["--verify", str(RUN)]) == 0


def test_the_page_shows_how_well_each_description_is_met(described: Path) -> None:
    assert plots(["--run", str(RUN), "--only", "report"]) == 0
    data = page_data()
    sport, money = data["described"]
    assert (sport["topic"], money["topic"]) == (0, 1)
    met = Run.open(RUN).described[0]
    assert (sport["documents"], sport["fitting"]) == (met.documents, met.fitting)
    row_ids = [row["row_id"] for row in rows_of(RUN / "doc_topics.csv")]
    assert [data["docs"]["ids"][doc] for doc in sport["best"]] == [row_ids[r] for r in met.best]


def test_too_few_held_out_documents_leave_the_column_out(
    finished: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("topics.yaml").write_text(TOPICS, encoding="utf-8")
    flags = ["--topics", "topics.yaml", "--skip_viz", "--skip_eval", "--quiet"]
    assert quick_run(*flags) == 0
    assert "Too few documents were held out" in capsys.readouterr().err
    assert "fits" not in rows_of(RUN / "doc_topics.csv")[0]
    assert json.loads((RUN / "topic_words.json").read_text())[0]["fitting_documents"] is None


@pytest.mark.parametrize(
    ("flags", "code", "problem"),
    [
        (["--topics", "none.txt"], 2, "--topics none.txt: No such file or directory"),
        (["--topics", "empty.txt"], 3, "the topic Sport has no description"),
        (["--topics", "many.txt"], 3, "names 4 topics, --num_topics is 3: ask for 4 topics"),
        (["--topics", "many.txt", "--models", "lda"], 3, "--topics is not an option of lda, but"),
    ],
)
def test_bad_input_leaves_the_run_as_it_was(
    flags: list[str],
    code: int,
    problem: str,
    finished: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = contents(RUN)
    Path("empty.txt").write_text("Sport:\n", encoding="utf-8")
    Path("many.txt").write_text("a: b\nc: d\ne: f\ng: h\n", encoding="utf-8")
    assert run.main(["--dataset", "my_dataset", "--num_topics", "3", *flags]) == code
    (line,) = errors(capsys)
    assert problem in line
    assert contents(RUN) == before


def test_vectors_passed_from_python_have_no_encoder(tmp_path: Path) -> None:
    (tmp_path / "topics.txt").write_text(TOPICS, encoding="utf-8")
    texts = [f"word{i % 3} word{i % 5} text" for i in range(40)]
    vectors = np.random.default_rng(0).normal(size=(40, 8))
    model = THETA(num_topics=3, epochs=2, topics=tmp_path / "topics.txt")
    with pytest.raises(InvalidOption, match="passed from Python: name expected topics by"):
        model.fit(texts, embeddings=vectors)
