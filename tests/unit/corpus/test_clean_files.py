from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.corpus.conftest import write_csv
from theta.cli.clean import main
from theta.corpus.clean_files import clean_files
from theta.errors import InvalidOption, MissingFile


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.reader(handle))


def test_table(tmp_path: Path) -> None:
    source = write_csv(
        tmp_path / "a.csv", [["=id", "text"], ["1", "<b>one</b>"], ["2", "two"], ["=3", "<br>"]]
    )
    report = clean_files(source, tmp_path / "out" / "b.csv", "english")
    assert rows(tmp_path / "out" / "b.csv") == [
        ["'=id", "text"],
        ["1", "one"],
        ["2", "two"],
        ["'=3", ""],
    ]
    assert (report.documents, report.changed, report.emptied) == (3, 2, 1)
    assert report.language == "language: english (as given)"
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["b.csv"]


def test_folder_of_tables(tmp_path: Path) -> None:
    write_csv(tmp_path / "in" / "a.csv", [["body"], ["<b>one</b>"]])
    (tmp_path / "in" / "b.jsonl").write_text('{"body": "two &amp; three"}\n', encoding="utf-8")
    clean_files(tmp_path / "in", tmp_path / "out", "english", "body")
    assert rows(tmp_path / "out" / "a.csv") == [["body"], ["one"]]
    assert rows(tmp_path / "out" / "b.csv") == [["body"], ["two & three"]]


def test_folder_of_texts_and_one_text(tmp_path: Path) -> None:
    (tmp_path / "in" / "sub").mkdir(parents=True)
    (tmp_path / "in" / "sub" / "a.txt").write_text("<p>one</p>", encoding="utf-16")
    (tmp_path / "in" / "b.txt").write_text("two", encoding="utf-8")
    clean_files(tmp_path / "in", tmp_path / "out", "auto")
    assert (tmp_path / "out" / "sub" / "a.txt").read_text(encoding="utf-8") == "one\n"
    clean_files(tmp_path / "in" / "b.txt", tmp_path / "c.txt", "auto")
    assert (tmp_path / "c.txt").read_text(encoding="utf-8") == "two\n"


def test_language_is_used(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "a.csv", [["text"], *[["重 要 通 知 中国经济的增长"]] * 3])
    for language, text in {
        "auto": "重要通知 中国经济的增长",
        "chinese": "重要通知 中国经济的增长",
        "english": "重 要 通 知 中国经济的增长",
    }.items():
        clean_files(source, tmp_path / "out.csv", language)
        assert rows(tmp_path / "out.csv")[1] == [text]


def test_what_is_refused(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "a.csv", [["name", "x"], ["one", "two"]])
    with pytest.raises(InvalidOption, match="never overwritten"):
        clean_files(source, source, "auto")
    with pytest.raises(InvalidOption, match="no column named text"):
        clean_files(source, tmp_path / "b.csv", "auto")
    with pytest.raises(MissingFile, match="nowhere"):
        clean_files(tmp_path / "nowhere", tmp_path / "b.csv", "auto")
    (tmp_path / "a.sav").write_bytes(b"x")
    with pytest.raises(InvalidOption, match="format"):
        clean_files(tmp_path / "a.sav", tmp_path / "b.csv", "auto")


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write_csv(tmp_path / "a.csv", [["text"], ["<b>the one and only</b>"]])
    target = tmp_path / "b.csv"
    assert main(["--input", str(source), "--output", str(target)]) == 0
    assert f"wrote {target}" in capsys.readouterr().out
    assert main(["--input", str(source)]) == 3
    assert "--output PATH" in capsys.readouterr().err
    assert main(["--input", str(tmp_path / "nope.csv"), "--output", str(target)]) == 2


def test_module_is_a_program(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "a.csv", [["text"], ["<b>one</b>"]])
    program = [sys.executable, "-m", "theta.corpus.clean", "--language", "english"]
    subprocess.run([*program, "--input", source, "--output", tmp_path / "b.csv"], check=True)
    assert rows(tmp_path / "b.csv") == [["text"], ["one"]]
