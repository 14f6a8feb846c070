"""theta intrusion: a kit is made, answered, scored and compared."""

from __future__ import annotations

import csv
import json
import logging
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.chat_server import ChatServer, serving
from tests.cli.conftest import RunPipeline, contents, errors
from theta.cli.main import main
from theta.intrusion.kit import ITSELF, read_kit
from theta.intrusion.planted import planted_items
from theta.run import Run

RUN = Path("result/0.6B/my_dataset/zero_shot")
KIT = Path("result/0.6B/my_dataset/zero_shot_intrusion")
MAKE = ("intrusion", "make", "--run", str(RUN), "--tasks", "words,rating")


def key_of(run: Path = RUN) -> Any:
    (path,) = run.glob("intrusion/key_*.json")
    return read_kit(path)


def answer(path: Path, coder: int, *, right: bool = True, run: Path = RUN) -> Path:
    """Write the answers of a coder, who is always right or never."""
    kit = key_of(run)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8-sig") as handle:
        writer = csv.writer(handle)
        writer.writerow(["id", "answer"])
        for question in kit.of_coder(coder):
            item = kit.items[question.item]
            place = question.order.index(item.intruder) if question.order else 2
            if not right:
                place = (place + 1) % (6 if question.order else 3)
            writer.writerow([question.id, "ABCDEF"[place] if question.order else place + 1])
    return path


@pytest.fixture
def made(finished: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """The current folder with a run and its kit."""
    assert main([*MAKE, "--coders", "2", "--items", "4"]) == 0
    capsys.readouterr()
    return finished


def test_kit_is_made_beside_the_run_with_the_key_inside(
    finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*MAKE, "--coders", "2", "--items", "4", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    names = ["coder_1.html", "coder_1.csv", "coder_2.html", "coder_2.csv", "instructions.txt"]
    assert shown["files"] == [str(KIT / name) for name in names]
    assert sorted(path.name for path in KIT.iterdir()) == sorted(names)
    assert Path(shown["key"]).parent == RUN / "intrusion"
    assert Run.open(RUN).folder.damaged_files() == []
    # Again: the same files, and the run is not touched.
    before = contents(Path())
    assert main([*MAKE, "--coders", "2", "--items", "4"]) == 0
    assert contents(Path()) == before
    assert "do not give it to the coders" in capsys.readouterr().out


def test_files_with_answers_are_not_overwritten(
    made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = KIT / "coder_1.csv"
    sheet.write_text(sheet.read_text(encoding="utf-8") + " ", encoding="utf-8")
    before = contents(Path())
    assert main([*MAKE, "--coders", "2", "--items", "4"]) == 3
    assert "coder_1.csv would be overwritten" in errors(capsys)[0]
    assert main([*MAKE, "--coders", "2", "--items", "4", "--seed", "5"]) == 3
    assert "coder_1.html and 3 more files would be overwritten" in errors(capsys)[0]
    assert contents(Path()) == before


def test_scores_join_the_tables_and_the_run_still_verifies(
    made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = answer(KIT / "answers" / "a.csv", 1)
    bad = answer(KIT / "answers" / "b.csv", 2, right=False)
    assert main(["intrusion", "score", "--run", str(RUN), str(good), str(bad), "--json"]) == 0
    scores = json.loads(capsys.readouterr().out)
    assert scores["words"]["value"] == 0.5
    assert scores["words"]["by_coder"]["1"]["value"] == 1
    assert scores["rating"]["by_coder"]["1"]["value"] == 3
    with (RUN / "topics.csv").open(encoding="utf-8-sig", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert {"word_intrusion", "rating"} <= set(rows[0])
    per_topic = {row["topic"]: row["value"] for row in scores["words"]["per_topic"]}
    assert {int(row["id"]): float(row["word_intrusion"]) for row in rows} == per_topic
    with (RUN / "intrusion" / "answers.csv").open(encoding="utf-8-sig", newline="") as handle:
        ledger = list(csv.DictReader(handle))
    assert len(ledger) == len(key_of().of_coder(1)) * 2
    assert {row["status"] for row in ledger} == {"counted"}
    assert main(["verify", str(RUN)]) == 0
    assert "repeats" in capsys.readouterr().out


def test_scores_are_printed_with_what_does_not_count(
    made: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    path = answer(Path("a.csv"), 1)
    path.write_text(path.read_text(encoding="utf-8") + "other-1-001,A\n", encoding="utf-8")
    assert main(["intrusion", "score", "--run", str(RUN), "a.csv"]) == 0
    out, err = capsys.readouterr()
    words = next(line.split() for line in out.splitlines() if line.startswith("words"))
    assert words[1] == "1.00"
    assert "of a kit that this run does not have (line" in err
    assert f"{len(key_of().of_coder(1))} of {len(key_of().of_coder(1)) + 1} rows count" in out


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["intrusion", "mkae"], 3, "the actions are make, score, compare; did you mean make?"),
        (["intrusion", "make"], 3, "--run is missing"),
        (["intrusion", "make", "--run", "absent"], 2, "absent is not there"),
        (["intrusion", "make", "--run", str(RUN), "--tasks", "wrods"], 3, "did you mean words?"),
        (["intrusion", "score", "--run", str(RUN)], 3, "no answers: name the coders' files"),
        (["intrusion", "score", "--run", str(RUN), "absent.csv"], 2, "absent.csv is not there"),
        (["intrusion", "score", "--run", str(RUN), "new.csv"], 3, "none of the 0 rows"),
        (["intrusion", "score", "--run", str(RUN), "--coder_model", "m"], 3, "are needed together"),
        (["intrusion", "compare", str(RUN)], 3, "needs two runs or more"),
        (["intrusion", "compare", str(RUN), "absent"], 2, "has no scores"),
    ],
)
def test_mistakes_are_one_line_and_change_nothing(
    made: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, message: str
) -> None:
    before = contents(Path())
    assert main(words) == code
    (line,) = errors(capsys)
    assert message in line
    assert contents(Path()) == before


def test_a_run_without_a_kit_names_the_command(
    finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["intrusion", "score", "--run", str(RUN), "new.csv"]) == 2
    assert f"theta intrusion make --run {RUN}" in errors(capsys)[0]


def test_runs_are_compared(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(RUN, "other")
    for run, right in ((RUN, True), (Path("other"), False)):
        path = answer(Path(f"{run.name}.csv"), 1, right=right, run=run)
        assert main(["intrusion", "score", "--run", str(run), str(path)]) == 0
    capsys.readouterr()
    assert main(["intrusion", "compare", str(RUN), "other", "--json"]) == 0
    words, rating = json.loads(capsys.readouterr().out)["differences"]
    assert (words["task"], words["difference"]) == ("words", 1.0)
    assert words["interval"][0] < 1
    assert rating["task"] == "rating"
    assert main(["intrusion", "compare", str(RUN), "other"]) == 0
    assert "+1.00" in capsys.readouterr().out


def test_the_page_shows_the_scores(prepared: Path, quick_run: RunPipeline) -> None:
    assert quick_run("--skip-eval", "--quiet") == 0
    assert main([*MAKE, "--coders", "1", "--items", "3"]) == 0
    assert main(["intrusion", "score", "--run", str(RUN), str(answer(Path("a.csv"), 1))]) == 0
    page = (RUN / "visualizations" / "report.html").read_text(encoding="utf-8")
    assert '"coded":[{"name":"word_intrusion","value":1.0' in page
    assert "by chance: 0.17" in page


def test_the_key_outlives_another_training(
    made: Path, capsys: pytest.CaptureFixture[str], quick_run: RunPipeline
) -> None:
    path = answer(Path("a.csv"), 1)
    assert quick_run("--skip-viz", "--skip-eval", "--quiet") == 0
    assert main(["intrusion", "score", "--run", str(RUN), "a.csv"]) == 0
    assert quick_run("--skip-viz", "--skip-eval", "--quiet", "--seed", "9") == 0
    capsys.readouterr()
    assert main(["intrusion", "score", "--run", str(RUN), str(path)]) == 3
    assert "of a kit made for other topics than the run has now" in capsys.readouterr().err


def test_the_key_outlives_a_new_name_of_a_topic(made: Path) -> None:
    path = answer(Path("a.csv"), 1)
    Path("edits.yaml").write_text("- rename: {0: first}\n", encoding="utf-8")
    flags = ["--run", str(RUN), "--skip-viz", "--skip-eval", "--quiet"]
    assert main(["edit", "edits.yaml", *flags]) == 0
    assert main(["intrusion", "score", "--run", str(RUN), str(path)]) == 0
    assert Run.open(RUN).folder.damaged_files() == []


# --- a language model as a coder -----------------------------------------------------------


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Any:
    pytest.importorskip("openai")
    monkeypatch.setattr("openai._base_client.INITIAL_RETRY_DELAY", 0.01)
    monkeypatch.setattr("openai._base_client.MAX_RETRY_DELAY", 0.02)
    monkeypatch.setenv("OPENAI_API_KEY", "of another program")
    with serving() as one:
        yield one


def solver() -> Any:
    """Return a function that knows the answer to every question."""
    kit = key_of()
    known = {item.options: item.intruder for item in [*kit.items, *planted_items("en", 0)]}

    def reply(question: str) -> str:
        lines = [line[3:] for line in question.splitlines() if line[1:3] == ". "]
        return "ABCDEF"[known[tuple(lines)]] if lines else "3"

    return reply


def score_with(server: ChatServer, *more: str) -> int:
    flags = ["--coder_api_base", server.url, "--coder_model", "some/model"]
    return main(["intrusion", "score", "--run", str(RUN), *flags, *more])


def test_a_model_answers_every_item_once(
    made: Path, server: ChatServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.reply = solver()
    n_items = len(key_of().items)
    assert score_with(server, "--json") == 0
    out, err = capsys.readouterr()
    assert err.splitlines()[0] == (
        f"warning: Texts leave this process: {n_items} items with excerpts of 0 documents are sent "
        f"to {server.url}, to be answered by some/model, after 24 planted items."
    )
    assert json.loads(out)["words"]["by_coder"]["some/model"]["value"] == 1
    assert len(server.questions) == 24 + n_items
    assert set(server.keys) == {"Bearer none"}
    # What was answered is not asked again, and stands beside what people answered.
    assert score_with(server, "--json", str(answer(Path("a.csv"), 1, right=False))) == 0
    out, err = capsys.readouterr()
    assert len(server.questions) == 24 + n_items
    assert "Texts leave" not in err
    assert set(json.loads(out)["words"]["by_coder"]) == {"1", "some/model"}


def test_a_model_that_guesses_is_stopped_before_it_sees_the_run(
    made: Path, server: ChatServer, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(Path())
    assert score_with(server) == 1
    (line,) = errors(capsys)
    assert line.startswith("error: some/model found 4 of 24 planted intruders (17%); by chance")
    assert "at least 57% are needed: nothing of the run was sent" in line
    assert len(server.questions) == 24
    assert contents(Path()) == before


def test_answers_before_a_failure_are_kept(
    made: Path, server: ChatServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.reply = solver()
    words = key_of().items[-1].text
    server.status = lambda question: 400 if words in question else 200
    assert score_with(server) == 1
    assert "did not answer a question: Error code: 400" in errors(capsys)[0]
    with (KIT / "answers" / "some-model.csv").open(encoding="utf-8-sig", newline="") as handle:
        assert 0 < len(list(csv.DictReader(handle))) < len(key_of().items)
    server.status = lambda question: 200
    assert score_with(server) == 0


@pytest.mark.parametrize(("status", "message"), [(401, "a key is needed"), (404, "ends in /v1")])
def test_a_server_that_refuses(
    made: Path, server: ChatServer, capsys: pytest.CaptureFixture[str], status: int, message: str
) -> None:
    server.status = lambda question: status
    assert score_with(server) == 3
    assert message in errors(capsys)[0]


def test_a_server_of_another_kind(
    made: Path, server: ChatServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.body = b'{"hello": 1}'
    assert score_with(server) == 1
    assert "did not answer in the OpenAI chat protocol" in errors(capsys)[0]


def test_a_model_that_says_nothing_useful_leaves_gaps(
    made: Path, server: ChatServer, capsys: pytest.CaptureFixture[str]
) -> None:
    solve = solver()
    server.reply = lambda question: solve(question) if "Which word" in question else "no idea"
    assert score_with(server, "--json") == 0
    out, err = capsys.readouterr()
    assert set(json.loads(out)) == {"words"}
    assert "no answer (line" in err
    assert ITSELF == 0
    assert logging.getLogger("theta").handlers
