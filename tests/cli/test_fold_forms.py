"""--fold_forms: one form of each English word is listed, and both lists are judged."""

from __future__ import annotations

import csv
import json
from itertools import cycle
from pathlib import Path

import pytest

from tests.cli.conftest import errors, write_csv
from theta.cli import prepare, run

NMF = Path("result/baseline/my_dataset/nmf/K2")
TRAIN = ("--dataset", "my_dataset", "--models", "nmf", "--num_topics", "2", "--gpu", "-1")


def prepare_texts(texts: tuple[str, str], *options: str) -> None:
    rows = [{"text": text} for text, _ in zip(cycle(texts), range(60), strict=False)]
    write_csv(Path("data/my_dataset/documents.csv"), rows)
    arguments = ["--dataset", "my_dataset", "--model", "baseline", "--quiet", "--max_df", "1"]
    assert prepare.main([*arguments, *options]) == 0


def test_forms_are_shown_as_one_word_and_both_lists_are_judged(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prepare_texts(
        (
            "guns guns guns gun gun weapon weapon police crime amendment criminals court",
            "orbit orbit orbit rocket rocket launch moon shuttle satellite planet probe",
        ),
        "--language",
        "en",
    )
    assert run.main([*TRAIN, "--fold_forms", "--skip_viz"]) == 0
    assert "Without folding the forms of words: TD " in capsys.readouterr().out
    topics = json.loads((NMF / "topic_words.json").read_text())
    listed = [[entry["word"] for entry in topic["words"]] for topic in topics]
    (guns,) = (k for k, words in enumerate(listed) if words[0] == "guns")
    assert topics[guns]["words"][0]["shown"] == "gun(s)"
    assert "gun" not in listed[guns][:10]
    with (NMF / "topics.csv").open(encoding="utf-8-sig", newline="") as file:
        words = {row["id"]: row["top_words"].split() for row in csv.DictReader(file)}
    assert words[str(guns)][0] == "gun(s)"
    evaluation = json.loads((NMF / "metrics" / "evaluation_results.json").read_text())
    assert set(evaluation["unfolded"]) >= {"TD", "NPMI", "C_V", "expected_rating"}
    assert evaluation["unfolded"]["NPMI"] != evaluation["NPMI"]
    assert run.main(["--verify", str(NMF)]) == 0


def test_texts_that_are_not_english_are_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prepare_texts(("le chat dort sur la chaise", "la maison est grande"), "--language", "fr")
    capsys.readouterr()
    assert run.main([*TRAIN, "--fold_forms"]) == 3
    assert errors(capsys)[-1] == (
        "error: --fold_forms needs English texts; these are in fr; leave it out"
    )
    assert not NMF.exists()
