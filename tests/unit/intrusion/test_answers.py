from __future__ import annotations

from pathlib import Path

import pytest

from theta.errors import MissingFile
from theta.intrusion.answers import COUNTED, read_answers
from theta.intrusion.coder_files import coder_page, write_coder_files
from theta.intrusion.items import Item
from theta.intrusion.kit import Kit, Question, read_kit
from theta.intrusion.llm_coder import prompt, read_reply
from theta.intrusion.scores import compare, score
from theta.layout import KitFiles
from theta.storage import write_json

SETTINGS = {"tasks": ["words", "rating"], "coders": 2, "language": "en", "seed": 0}
ITEMS = [
    Item("words", 0, ("apple", "pear", "=hammer()"), 2, "", ("apple", "pear", "hammer")),
    Item("words", 1, ("dog", "</script>", "cat"), 1, "", ("dog", "red", "cat")),
    Item("rating", 0, text="apple, pear"),
]
ORDERS = {1: [(2, 0, 1), (0, 1, 2), ()], 2: [(0, 1, 2), (1, 0, 2), ()]}


def make_kit(name: str = "kitaaa", topics: str = "sha") -> Kit:
    questions = [
        Question(f"{name}-{coder}-{i + 1:03d}", coder, i, order)
        for coder, orders in ORDERS.items()
        for i, order in enumerate(orders)
    ]
    return Kit(name, topics, SETTINGS, ITEMS, questions)


def write(path: Path, *rows: str, header: str = "id,answer") -> Path:
    path.write_text("\n".join([header, *rows]), encoding="utf-8")
    return path


def read(*paths: Path, kit: Kit | None = None) -> tuple[list[tuple[str, int | None]], list[str]]:
    kit = kit or make_kit()
    answers, problems = read_answers(paths, {kit.name: kit}, "sha")
    return [(answer.id, answer.choice) for answer in answers], problems


FULL = ["kitaaa-1-001,A", "kitaaa-1-002,B", "kitaaa-1-003,3"]


def test_letters_become_options_in_the_items_own_order(tmp_path: Path) -> None:
    choices, problems = read(write(tmp_path / "a.csv", *FULL))
    assert choices == [("kitaaa-1-001", 2), ("kitaaa-1-002", 1), ("kitaaa-1-003", 3)]
    assert problems == []


@pytest.mark.parametrize("text", ["a", " A ", "A)", "(a)", "Ａ", "=HAMMER()", "'A"])
def test_answers_are_understood_however_they_are_written(tmp_path: Path, text: str) -> None:
    choices, problems = read(write(tmp_path / "a.csv", f"kitaaa-1-001,{text}", *FULL[1:]))
    assert choices[0] == ("kitaaa-1-001", 2)
    assert problems == []


def test_a_rating_that_became_a_decimal_number(tmp_path: Path) -> None:
    choices, _ = read(write(tmp_path / "a.csv", *FULL[:2], "KITAAA-1-003,2.0"))
    assert choices[2] == ("KITAAA-1-003", 2)


def test_a_file_that_excel_has_saved(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = ["id;task;answer", *(row.replace(",", ";Words;") for row in FULL), ";;", ";;"]
    path.write_bytes("\r\n".join(rows).encode("utf-8-sig"))
    choices, problems = read(path)
    assert [choice for _, choice in choices] == [2, 1, 3]
    assert problems == []


def test_what_does_not_count_is_one_line_each(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.csv", "kitaaa-1-001,", "kitaaa-1-002,D", "kitaaa-1-003,3", "kitaaa-1-009,A",
        "kitbbb-1-001,A",
    )  # fmt: skip
    answers, problems = read_answers([path], {"kitaaa": make_kit()}, "sha")
    assert [answer.status for answer in answers] == [
        "no answer", "not a possible answer", COUNTED, "an id that is not in the kit",
        "of a kit that this run does not have",
    ]  # fmt: skip
    assert [line.removeprefix(f"{path}: 1 of 5 rows: ").split("; ")[0] for line in problems] == [
        "no answer (line 2)",
        "not a possible answer (line 3 ('D'))",
        "an id that is not in the kit (line 5)",
        "of a kit that this run does not have (line 6)",
    ]


def test_equal_answers_count_once_and_different_ones_not_at_all(tmp_path: Path) -> None:
    first = write(tmp_path / "a.csv", *FULL)
    second = write(tmp_path / "b.csv", "kitaaa-1-001,A", "kitaaa-1-002,C", "kitaaa-1-003,")
    choices, problems = read(first, second)
    assert [choice for _, choice in choices] == [2, None, 3, None, None, None]
    assert problems == [
        f"{first}: 1 of 3 rows: answered twice, with different answers (line 3); none of them "
        "counts; delete the wrong one",
        f"{second}: 2 of 3 rows: the same answer again (line 2, line 4); each counts once",
        f"{second}: 1 of 3 rows: answered twice, with different answers (line 3); none of them "
        "counts; delete the wrong one",
    ]


def test_the_same_file_twice_is_read_once(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", *FULL)
    assert read(path, path) == read(path)


def test_missing_rows_are_reported(tmp_path: Path) -> None:
    _, problems = read(write(tmp_path / "a.csv", FULL[0]))
    assert problems == [
        "coder 1 of kit kitaaa: 2 of 3 questions are in no file; they count as missing"
    ]


def test_a_kit_of_other_topics_does_not_count(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", *FULL)
    choices, problems = read(path, kit=make_kit(topics="before"))
    assert {choice for _, choice in choices} == {None}
    assert "made for other topics" in problems[0]


def test_other_files_do_not_stop_the_good_ones(tmp_path: Path) -> None:
    good = write(tmp_path / "a.csv", *FULL)
    table = write(tmp_path / "b.csv", "1,2", header="x,y")
    picture = write(tmp_path / "c.png")
    choices, problems = read(table, picture, good)
    assert [choice for _, choice in choices] == [2, 1, 3]
    assert problems[0].startswith(f"{table} is not a coder's file: it needs the columns id and")
    assert problems[1].startswith(f"{picture} has an unsupported format")
    with pytest.raises(MissingFile, match=r"absent\.csv is not there"):
        read(tmp_path / "absent.csv")


def test_key_is_read_as_written(tmp_path: Path) -> None:
    write_json(tmp_path / "key.json", make_kit().record())
    assert read_kit(tmp_path / "key.json").record() == make_kit().record()


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_spreadsheet_comes_back_as_it_was(tmp_path: Path, suffix: str, language: str) -> None:
    kit = Kit("kitaaa", "sha", {**SETTINGS, "language": language}, ITEMS, make_kit().questions)
    write_coder_files(KitFiles(tmp_path), kit, suffix)
    answers, problems = read_answers([tmp_path / f"coder_1.{suffix}"], {"kitaaa": kit}, "sha")
    assert [answer.id for answer in answers] == [q.id for q in kit.of_coder(1)]
    assert {answer.status for answer in answers} == {"no answer"}
    assert len(problems) == 1


def test_coders_files_do_not_tell_the_intruder(tmp_path: Path) -> None:
    kit = make_kit()
    paths = write_coder_files(KitFiles(tmp_path), kit, "csv")
    assert [path.name for path in paths] == [
        "coder_1.html", "coder_1.csv", "coder_2.html", "coder_2.csv", "instructions.txt",
    ]  # fmt: skip
    content = "\n".join(path.read_text(encoding="utf-8-sig") for path in paths)
    assert "intruder" not in content
    assert "'=hammer()" in (tmp_path / "coder_1.csv").read_text(encoding="utf-8-sig")
    page = coder_page(kit, 1, "x.csv")
    assert page.count("</script>") == 2
    assert '"options":["=hammer()","apple","pear"]' in page


def score_of(*rows: str, tmp_path: Path) -> dict[str, object]:
    answers, _ = read_answers([write(tmp_path / "a.csv", *rows)], {"kitaaa": make_kit()}, "sha")
    return score(answers, [1, 5, 0])


def test_scores_by_hand(tmp_path: Path) -> None:
    scores = score_of(
        *FULL, "kitaaa-2-001,A", "kitaaa-2-002,A", "kitaaa-2-003,1", tmp_path=tmp_path
    )
    words, rating = scores["words"], scores["rating"]
    assert words["value"] == 0.75
    assert words["chance"] == pytest.approx(1 / 3, abs=1e-6)
    assert (words["answers"], words["items"], words["coders"], words["alpha_items"]) == (4, 2, 2, 2)
    assert words["by_coder"] == {
        "1": {"value": 1.0, "answers": 2},
        "2": {"value": 0.5, "answers": 2},
    }
    assert [(row["topic"], row["value"]) for row in words["per_topic"]] == [(1, 1.0), (0, 0.5)]
    # Options 2 and 2, 1 and 0: two of four pairs differ, of 10 among the 12 of all answers.
    assert words["alpha"] == pytest.approx(1 - (2 / 4) / (10 / 12), abs=1e-6)
    assert (rating["value"], rating["chance"], rating["interval"]) == (2.0, None, None)


def test_runs_are_compared_task_by_task(tmp_path: Path) -> None:
    first = score_of(*FULL, tmp_path=tmp_path)
    second = score_of("kitaaa-1-001,B", "kitaaa-1-002,B", tmp_path=tmp_path)
    (row,) = compare({"one": first, "two": second})
    assert (row["task"], row["run"], row["other"], row["difference"]) == (
        "words",
        "one",
        "two",
        0.5,
    )
    assert row["interval"][0] < 0 < row["interval"][1]


@pytest.mark.parametrize(
    ("text", "answer"),
    [("B", "B"), (" b", "B"), ("B.", "B"), ("B. pear", "B"), ("The answer is B.", "B"),
     ("**C**", "C"), ("<think>A or B</think>C", "C"), ("A or B", ""), ("Both B and C", ""),
     ("D", ""), ("", "")],
)  # fmt: skip
def test_replies_of_a_model(text: str, answer: str) -> None:
    assert read_reply(text, ITEMS[0]) == answer


def test_question_for_a_model() -> None:
    assert prompt(ITEMS[0], "en").splitlines() == [
        "Which word does not belong with the others?", "", "A. apple", "B. pear", "C. =hammer()",
        "", "Answer with one of the letters A to C only, without any other word.",
    ]  # fmt: skip
    assert prompt(ITEMS[2], "zh").splitlines()[-1] == "只回答 数字 1、2、3 之一，不要写别的。"
    assert read_reply("3", ITEMS[2]) == "3"
