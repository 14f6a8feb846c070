"""theta label and --label_api_base: names by a language model, on a server on the loopback."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.chat_server import ChatServer, serving
from tests.cli.conftest import QUICK, contents, errors
from theta.cli import main as theta_command
from theta.cli import run
from theta.run import Run

RUN = Path("result/0.6B/my_dataset/zero_shot")


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with serving() as one:
        one.reply = by_first_word
        yield one


def by_first_word(question: str) -> str:
    """Return a name of words of the topic."""
    words = question.split("Words of the topic: ")[1].split("\n")[0].split(", ")
    return f"{words[0]} and {words[1]}"


def label(*flags: str) -> int:
    return theta_command.main(["label", "--run", str(RUN), "--skip_viz", *flags])


def by_model(server: ChatServer) -> list[str]:
    return ["--label_api_base", server.url, "--label_model", "tiny"]


def answers() -> dict[str, Any]:
    content: dict[str, Any] = json.loads((RUN / "label_answers.json").read_text(encoding="utf-8"))
    return content


def test_a_model_names_the_topics_of_a_finished_run(
    finished: Path, server: ChatServer, capsys: pytest.CaptureFixture[str]
) -> None:
    before = Run.open(RUN)
    assert label(*by_model(server)) == 0
    shown = capsys.readouterr()
    first, *others = shown.err.splitlines()
    assert first.startswith("warning: Texts will leave this process: the top words of each topic")
    assert any(
        f"Texts leave this process now: the top words of 3 topics and the beginnings of 12 "
        f"documents (400 characters each) are sent to {server.url}" in line
        for line in others
    )
    after = Run.open(RUN)
    assert after.name_sources == ("model",) * 3
    for name, words in zip(after.names, before.topic_words, strict=True):
        assert name == f"{words[0][0]} and {words[1][0]}"
        assert name in shown.out
    with (RUN / "topics.csv").open(encoding="utf-8-sig") as handle:
        table = {row["name"]: row["name_source"] for row in csv.DictReader(handle)}
    assert table == dict.fromkeys(after.names, "model")
    with (RUN / "doc_topics.csv").open(encoding="utf-8-sig") as handle:
        assert {row["dominant_topic_name"] for row in csv.DictReader(handle)} <= set(after.names)
    assert {topic.name for topic in after.topics} == set(after.names)
    record = answers()
    assert record["model"] == "tiny"
    assert sorted(entry["prompt"] for entry in record["answers"]) == sorted(server.questions)
    assert run.main(["--verify", str(RUN)]) == 0

    # Asked again, nothing is sent; without a server, names come from the texts again.
    n_asked = len(server.questions)
    assert label(*by_model(server)) == 0
    assert len(server.questions) == n_asked
    assert "The answers of tiny to all 3 topics are there" in capsys.readouterr().err
    server.shutdown()
    server.server_close()
    assert label(*by_model(server)) == 0  # nor is the server needed
    assert label() == 0
    assert Run.open(RUN).names == before.names
    assert not (RUN / "label_answers.json").exists()


def test_refused_answers_leave_the_names_from_the_texts(
    finished: Path, server: ChatServer, capsys: pytest.CaptureFixture[str]
) -> None:
    local = Run.open(RUN).names
    server.reply = lambda question: "I'm sorry, I can't."
    assert label(*by_model(server)) == 0
    said = capsys.readouterr().err
    assert Run.open(RUN).names == local
    for number, name in enumerate(local):
        assert (
            f"Topic {number} keeps the name {name} from the texts: the answer \"I'm sorry, I "
            "can't.\" is refused, because it is a refusal"
        ) in said
    assert [entry["refused"] for entry in answers()["answers"]] == ["it is a refusal"] * 3


def test_a_users_name_stays_and_its_topic_is_not_sent(finished: Path, server: ChatServer) -> None:
    Path("edits.yaml").write_text("- rename: {1: My own}", encoding="utf-8")
    flags = ["edit", "--run", str(RUN), "edits.yaml", "--skip_viz", "--skip_eval", "--quiet"]
    assert theta_command.main(flags) == 0
    assert label(*by_model(server), "--quiet") == 0
    assert len(server.questions) == 2
    assert Run.open(RUN).names[1] == "My own"
    assert Run.open(RUN).name_sources == ("model", "given", "model")
    # An edit keeps the names of the model, and what was asked.
    names = Run.open(RUN).names
    Path("edits.yaml").write_text("- order: [2, 0]", encoding="utf-8")
    assert theta_command.main(flags) == 0
    assert Run.open(RUN).names == (names[2], names[0], names[1])
    assert len(answers()["answers"]) == 2


def test_a_server_that_fails_leaves_the_run_untouched(
    finished: Path, server: ChatServer, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(RUN)
    server.status = lambda question: 404
    assert label(*by_model(server)) == 3
    assert "check --label_api_base" in errors(capsys)[-1]
    assert contents(RUN) == before


@pytest.mark.parametrize(
    "body",
    [
        b"<html>Welcome</html>",
        bytes(range(256)),
        b"[]",
        b'{"choices": []}',
        b'{"choices": [null]}',
        b'{"choices": {"a": 1}}',
        b'{"choices": [{"message": "hi"}]}',
        b'{"choices": [{"message": {"content": {"a": 1}}}]}',
    ],
)
def test_nonsense_is_one_line_and_leaves_the_run_untouched(
    body: bytes, finished: Path, server: ChatServer, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(RUN)
    server.body = body
    assert label(*by_model(server)) == 1
    assert "did not answer in the OpenAI chat protocol" in errors(capsys)[-1]
    assert contents(RUN) == before


def test_texts_do_not_follow_a_server_to_another_address(
    finished: Path, server: ChatServer, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving() as other:
        server.location = f"{other.url}/chat/completions"
        server.status = lambda question: 307
        assert label(*by_model(server)) == 3
        assert other.questions == []
        assert f"it redirects to {other.url}" in errors(capsys)[-1]


def test_half_a_character_is_no_name(finished: Path, server: ChatServer) -> None:
    content = b'"space \\ud800 orbit"'
    server.body = b'{"choices": [{"message": {"role": "assistant", "content": %s}}]}' % content
    assert label(*by_model(server)) == 0
    assert {entry["answer"] for entry in answers()["answers"]} == {"space ? orbit"}


def test_a_training_is_named_and_survives_a_server_that_fails(
    prepared: Path, server: ChatServer, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = ["--dataset", "my_dataset", *QUICK, "--skip-viz", "--skip-eval"]
    assert run.main([*flags, *by_model(server)]) == 0
    first = next(line for line in capsys.readouterr().err.splitlines() if "unusual" not in line)
    assert first.startswith("warning: Texts will leave this process")
    assert Run.open(RUN).name_sources == ("model",) * 3
    assert server.url in Run.open(RUN).repeat_command
    n_asked = len(server.questions)
    # The same training again asks nothing that is answered.
    assert run.main([*flags, *by_model(server), "--quiet"]) == 0
    assert len(server.questions) == n_asked
    server.status = lambda question: 404
    assert run.main([*flags, "--label_api_base", server.url, "--label_model", "other"]) == 0
    assert "theta label --run" in capsys.readouterr().err
    assert set(Run.open(RUN).name_sources) <= {"texts", "words"}


@pytest.mark.parametrize(
    ("flags", "problem"),
    [
        (["--label_model", "tiny"], "--label_api_base and --label_model are needed together"),
        (
            ["--label_model", "tiny", "--label_api_base", "localhost:8000"],
            "--label_api_base localhost:8000 is not a URL",
        ),
        (["--label_model", "a", "--label_api_base", "http://[::1"], "http://[::1 is not a URL"),
        (["--label_model", "a", "--label_api_base", "http://h:x/v1"], "http://h:x/v1 is not a URL"),
        (["--label_model", "a", "--label_api_base", "https://"], "https:// is not a URL"),
        (
            ["--label_model", "a", "--label_api_base", "http://h/v1", "--label_api_key_env", "NO"],
            "--label_api_key_env NO: this environment variable is not set",
        ),
    ],
)
def test_what_cannot_be_asked_stops_at_once(
    flags: list[str], problem: str, finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert label(*flags) == 3
    assert problem in errors(capsys)[-1]
    train = ["--dataset", "my_dataset", *QUICK, "--skip-viz", "--skip-eval"]
    assert run.main([*train, *flags]) == 3
    assert problem in errors(capsys)[-1]


def test_a_finished_run_is_named_by_theta_label(
    finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = ["--label_api_base", "http://localhost/v1", "--label_model", "tiny"]
    assert run.main(["--dataset", "my_dataset", "--skip_train", *flags]) == 3
    assert "name those of the finished run with theta label" in errors(capsys)[0]


def test_a_server_that_does_not_run_ends_at_once(
    finished: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def wait(*_: object, **__: object) -> None:
        raise AssertionError("a connection is tried again")

    monkeypatch.setattr("openai._base_client.SyncAPIClient._sleep_for_retry", wait)
    before = contents(RUN)
    flags = ["--label_api_base", "http://127.0.0.1:9/v1", "--label_model", "tiny"]
    assert label(*flags) == 1
    line = errors(capsys)[-1]
    assert line.startswith("error: http://127.0.0.1:9/v1 cannot be reached: ")
    assert line.endswith("check --label_api_base and whether the server runs")
    assert contents(RUN) == before
