"""--tune: a grid, workers, a kill, failures, and what is refused."""

from __future__ import annotations

import csv
import html
import json
import re
import shutil
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.cli.conftest import errors, themed_rows, write_csv
from tests.runs import topic_count_estimate
from theta import storage
from theta.cli import prepare, run
from theta.layout import ProjectPaths
from theta.tuning.engines import Processes
from theta.tuning.training import Record, Trainer

FOLDER = Path("result/tuning/0.6B/my_dataset/zero_shot")
RUN = Path("result/0.6B/my_dataset/zero_shot")
BASE = ("--dataset", "my_dataset", "--gpu", "-1", "--quiet")
SCHEDULE = ("--epochs", "8", "--kl_warmup", "1")
GRID = ("--tune", "--num_topics", "2,3", "--hidden_dim", "16,32")
FILES = {"journal.jsonl", "trials.csv", "tuning.json", "tuning.log", "report.html", "figures"}
CHARTS = ("curves", "importance", "front", "topic_count", "parallel_coordinates")


@pytest.fixture(autouse=True)
def here(prepared: Path) -> Path:
    """The current folder, with prepared data."""
    return prepared


def tune(*flags: str, drawn: bool = False) -> int:
    schedule = () if "--models" in flags else SCHEDULE
    return run.main([*BASE, *schedule, *([] if drawn else ["--skip-viz"]), *flags])


def rows(folder: Path = FOLDER) -> list[dict[str, str]]:
    with (folder / "trials.csv").open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def result(folder: Path = FOLDER) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "tuning.json").read_text(encoding="utf-8"))
    return content


def records(folder: Path = FOLDER) -> dict[str, Mapping[str, Any]]:
    """The records of the journal by setting and seed."""
    found, params = {}, {}
    for line in (folder / "journal.jsonl").read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        if "param_name" in entry:
            key = entry["trial_id"], entry["param_name"]
            params[key] = int(entry["param_value_internal"])
        for name, value in entry.get("user_attr", {}).items():
            if name.startswith("seed "):
                setting = [
                    v for (trial, _), v in sorted(params.items()) if trial == entry["trial_id"]
                ]
                found[f"{setting} {name}"] = value
    return found


def count_trainings(monkeypatch: pytest.MonkeyPatch, on: Callable[[int], None]) -> list[int]:
    """Call `on` with the number of each training before it begins."""
    began: list[int] = []
    original = Trainer.train

    def train(self: Trainer, task: Any, ask: Any) -> Record:
        began.append(len(began))
        on(began[-1])
        return original(self, task, ask)

    monkeypatch.setattr(Trainer, "train", train)
    return began


def test_a_grid_ends_in_the_recommended_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert tune(*GRID, drawn=True) == 0
    assert {path.name for path in FOLDER.iterdir()} == FILES
    figures = {f"{chart}.{suffix}" for chart in CHARTS for suffix in ("png", "svg")}
    assert {path.name for path in (FOLDER / "figures").iterdir()} == figures
    tried = [(row["num_topics"], row["hidden_dim"], row["state"]) for row in rows()]
    assert tried == [(k, h, "finished") for k in ("2", "3") for h in ("16", "32")]
    assert all(0 < float(row["C_V"]) <= 1 and float(row["PPL"]) > 1 for row in rows())
    log = (FOLDER / "tuning.log").read_text(encoding="utf-8")
    logged = re.findall(r"Trial (\d) \(\d of 4 settings\): num_topics (\d), hidden_dim (\d+)", log)
    assert logged == [(row["trial"], row["num_topics"], row["hidden_dim"]) for row in rows()]
    found = result()
    assert found["trials"] == {"finished": 4, "stopped": 0, "failed": 0, "running": 0}
    config = json.loads((RUN / "config.json").read_text(encoding="utf-8"))
    for name, value in found["recommended"]["setting"].items():
        assert config["model_options"][name] == value
    printed = capsys.readouterr().out
    assert f"Its command: {found['recommended']['command']}" in printed
    assert "trained with one seed: leads may be the luck of the seed" in printed


def test_the_page_loads_nothing_and_shows_every_setting() -> None:
    assert tune("--tune", "--num_topics", "2,3,500", "--no_final_run", drawn=True) == 0
    page = (FOLDER / "report.html").read_text(encoding="utf-8")
    assert not re.findall(r'(?:src|href)="(?!data:)', page)
    assert "<script" not in page
    assert re.search(r"default-src 'none'; img-src data:; style-src 'sha256-", page)
    assert page.count("<tr class=") == 3
    assert result()["recommended"]["command"] in html.unescape(page)
    assert "there are only" in page
    assert page.count("data:image/svg+xml;base64,") == len(CHARTS)


def test_topics_of_a_trial_are_those_of_the_run_typed_alone() -> None:
    assert tune(*GRID, "--no_final_run", "--seeds", "0,1") == 0
    assert not RUN.exists()
    flags = ("--num_topics", "3", "--hidden_dim", "32", "--seed", "1", "--skip-eval")
    assert tune(*flags) == 0
    arrays = {name: np.load(RUN / f"{name}.npy") for name in ("theta", "beta")}
    trial = records()["[1, 1] seed 1"]
    assert trial["topics"] == storage.checksum(arrays, {})
    assert result()["objectives"].keys() == {"expected_rating", "PPL", "TD@10", "stability"}
    assert result()["objectives"]["PPL"]["margin"] > 0


def test_settings_within_the_noise_of_seeds_are_told_with_their_values() -> None:
    flags = ("--tune", "--num_topics", "2", "--patience", "8,9", "--seeds", "0,1,2")
    assert tune(*flags, "--no_final_run", drawn=True) == 0
    told = "One other setting cannot be told apart from it at 95 % (patience 8 to 9)."
    assert result()["notes"] == [told]  # and not that 8 is the smallest value of the space
    assert told in html.unescape((FOLDER / "report.html").read_text(encoding="utf-8"))


def test_the_recommended_command_repeats_the_recommended_run() -> None:
    assert tune(*GRID) == 0
    before = (RUN / "theta.npy").read_bytes()
    words = result()["recommended"]["command"].split()[2:]
    assert run.main([*words, "--skip-viz", "--quiet", "--output_dir", "again"]) == 0
    assert Path("again/theta.npy").read_bytes() == before


def test_workers_find_what_one_process_finds_and_end_by_themselves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    codes = []
    close = Processes.close

    def recording(engine: Processes) -> None:
        close(engine)
        codes.extend(worker.process.exitcode for worker in engine._workers)

    monkeypatch.setattr(Processes, "close", recording)
    flags = (*GRID, "--no_final_run")
    assert tune(*flags, "--output_dir", "one") == 0
    assert tune(*flags, "--output_dir", "two", "--workers", "2") == 0

    def topics(folder: str) -> dict[str, str]:
        return {name: record["topics"] for name, record in records(Path(folder)).items()}

    assert len(topics("one")) == 4
    assert topics("one") == topics("two")
    assert codes == [0, 0]
    assert "waiting" not in Path("two/tuning.log").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed")
def test_a_ray_cluster_finds_what_one_process_finds() -> None:
    flags = (*GRID, "--no_final_run")
    assert tune(*flags, "--output_dir", "one") == 0
    assert tune(*flags, "--output_dir", "ray", "--engine", "ray", "--workers", "2") == 0

    def topics(folder: str) -> dict[str, str]:
        return {name: record["topics"] for name, record in records(Path(folder)).items()}

    assert topics("one") == topics("ray")


class Killed(BaseException):
    """Ends the search as a kill does: nothing below handles it."""


def test_a_killed_search_goes_on_where_it_stood(monkeypatch: pytest.MonkeyPatch) -> None:
    flags = (*GRID, "--no_final_run")
    assert tune(*flags, "--output_dir", "undisturbed") == 0

    def kill(number: int) -> None:
        if number == 2:
            raise Killed

    with monkeypatch.context() as patch:
        count_trainings(patch, kill)
        with pytest.raises(Killed):
            tune(*flags)
    assert [row["state"] for row in rows()] == ["finished", "finished", "running"]
    journal = FOLDER / "journal.jsonl"
    journal.write_bytes(journal.read_bytes() + b'{"op_code": 8, "trial_id"')
    journal.with_name("journal.jsonl.lock").touch()
    with monkeypatch.context() as patch:
        began = count_trainings(patch, lambda number: None)
        assert tune(*flags) == 0
    assert len(began) == 2
    known = {name: record["topics"] for name, record in records(Path("undisturbed")).items()}
    assert {name: record["topics"] for name, record in records().items()} == known


def test_a_finished_search_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    flags = (*GRID, "--no_final_run")
    assert tune(*flags) == 0
    before = result()["recommended"]
    began = count_trainings(monkeypatch, lambda number: None)
    assert tune(*flags) == 0
    assert began == []
    assert result()["recommended"] == before


def test_a_failed_trial_is_a_row_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    assert tune("--tune", "--num_topics", "2,3,500", "--no_final_run") == 0
    failed = rows()[-1]
    assert failed["state"] == "failed"
    assert "there are only" in failed["reason"]
    assert "1 of 3 trials failed; see trials.csv." in capsys.readouterr().out


def test_a_search_in_which_all_trials_fail_has_the_code_of_the_first(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert tune("--tune", "--num_topics", "400,500") == 3
    (line,) = errors(capsys)
    assert "all 2 trials failed" in line
    assert [row["state"] for row in rows()] == ["failed", "failed"]


def test_a_bug_in_one_trial_costs_only_that_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    original = Trainer._train

    def fail_first(self: Trainer, task: Any, ask: Any) -> Record:
        if task.trial == 0:
            raise RuntimeError("a bug")
        return original(self, task, ask)

    monkeypatch.setattr(Trainer, "_train", fail_first)
    assert tune(*GRID, "--no_final_run") == 0
    assert [row["state"] for row in rows()] == ["failed", *["finished"] * 3]
    assert rows()[0]["reason"].startswith("RuntimeError: a bug")


def test_a_sampler_stops_what_falls_behind(tmp_path: Path) -> None:
    (tmp_path / "space.yaml").write_text(
        "learning_rate: {from: 0.0001, to: 0.05, log: true}\nhidden_dim: [8, 16, 32]\n"
    )
    flags = ("--tune", "space.yaml", "--sampler", "random", "--no_final_run", "--epochs", "16")
    assert tune(*flags, "--trials", "4") == 0
    assert tune(*flags, "--trials", "9") == 0  # more trials go on with the same search
    states = [row["state"] for row in rows()]
    assert len(states) == 9
    assert {"finished", "stopped"} == set(states)
    stopped = [row for row in rows() if row["state"] == "stopped"]
    assert {int(row["epochs"]) for row in stopped} <= {2, 8}
    rates = [float(row["learning_rate"]) for row in rows()]
    assert all(0.0001 <= rate <= 0.05 and rate == float(f"{rate:.3g}") for rate in rates)
    assert result()["sampler"] == "random"


def test_tpe_tries_no_setting_twice() -> None:
    flags = ("--tune", "--num_topics", "2,3", "--hidden_dim", "8,16,32", "--sampler", "tpe")
    assert tune(*flags, "--no_final_run") == 0
    assert len({(row["num_topics"], row["hidden_dim"]) for row in rows()}) == 6


def test_no_training_begins_after_the_time_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 10**9, 50))
    monkeypatch.setattr("theta.tuning.search.time.monotonic", lambda: next(clock))
    flags = (*GRID, "--no_final_run")
    assert tune(*flags, "--time_budget", "1m") == 0
    assert [row["state"] for row in rows()] == ["finished"]
    assert tune(*flags) == 0
    assert len(rows()) == 4


@pytest.mark.parametrize(
    ("flags", "problem"),
    [
        (("--tune",), "has nothing to vary"),
        (("--tune", "--num_topics", "3"), "has nothing to vary"),
        (
            ("--tune", "--num_topics", "auto,3", "--model_size", "0.6B,4B"),
            "--num_topics auto would be another number for each --model_size: type numbers",
        ),
        (
            ("--tune", "--dataset", "my_dataset,other", "--objective", "PPL,TD@10"),
            "perplexities over several vocabularies cannot be compared",
        ),
        (("--tune", "--num_topics", "2,x,3"), "--num_topics x: not a number; must be"),
        (
            ("--num_topics", "2,3"),
            "--num_topics 2,3: not a number; must be auto, 2 or more; with --tune, each of several "
            "values is tried",
        ),
        (("--trials", "3"), "--trials needs --tune"),
        (("--tune", "--models", "theta,lda", "--num_topics", "2,3"), "one model at a time"),
        (("--tune", "--models", "lda", "--hidden_dim", "16,32"), "not an option of lda"),
        (("--tune", "--num_topics", "2,3", "--time_budget", "30"), "must be a time with its unit"),
        (("--tune", "--num_topics", "2,3", "--objective", "CV"), "did you mean C_V"),
        (("--tune", "--num_topics", "2,3", "--infer", "x.csv"), "--infer trains nothing"),
        (
            ("--tune", "--num_topics", ",".join(map(str, range(2, 302)))),
            "300 settings; to try more than 256, say how many: --trials",
        ),
    ],
)
def test_bad_input_is_one_line_and_code_3(
    flags: tuple[str, ...], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tune(*flags) == 3
    (line,) = errors(capsys)
    assert problem in line
    assert not Path("result").exists()


def test_a_range_needs_an_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "space.yaml").write_text("dropout: {from: 0.0, to: 0.5}\n")
    assert tune("--tune", "space.yaml") == 3
    assert "needs --trials N or --time_budget TIME" in errors(capsys)[0]
    assert tune("--tune", "space.yaml", "--sampler", "grid") == 3
    assert "dropout has none" in errors(capsys)[0]
    assert tune("--tune", "nowhere.yaml") == 2


def test_another_search_in_the_folder_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert tune(*GRID, "--no_final_run") == 0
    before = (FOLDER / "journal.jsonl").read_bytes()
    assert tune("--tune", "--num_topics", "2,3,4", "--no_final_run") == 3
    (line,) = errors(capsys)
    assert "holds another search (with a difference in the space)" in line
    assert (FOLDER / "journal.jsonl").read_bytes() == before


def test_a_search_of_a_version_without_an_option_goes_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert tune(*GRID, "--no_final_run") == 0
    journal = FOLDER / "journal.jsonl"
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    (identity,) = [
        line["user_attr"]["identity"]
        for line in lines
        if "user_attr" in line and "identity" in line["user_attr"]
    ]
    assert identity.pop("--dropout") is not None
    assert identity.pop("--fold_forms") is False
    journal.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    assert tune(*GRID, "--no_final_run") == 0
    capsys.readouterr()
    assert tune(*GRID, "--no_final_run", "--dropout", "0.3", "--fold_forms") == 3
    (line,) = errors(capsys)
    assert "holds another search (with a difference in --fold_forms, --dropout)" in line


def test_a_changed_corpus_is_refused(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tune(*GRID, "--no_final_run") == 0
    write_csv(here / "data/my_dataset/documents.csv", themed_rows(93))
    assert prepare.main(["--dataset", "my_dataset", "--gpu", "-1", "--quiet"]) == 0
    assert tune(*GRID, "--no_final_run") == 2
    (line,) = errors(capsys)
    assert "the prepared data have changed since" in line


def test_two_searches_in_one_folder_exclude_each_other(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with storage.locked(
        ProjectPaths.from_environment().tuning("my_dataset", "0.6B", "zero_shot").root
    ):
        assert tune(*GRID) == 1
    (line,) = errors(capsys)
    assert "another process is writing" in line


def test_a_full_disk_loses_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from optuna.storages.journal import JournalFileBackend

    original = JournalFileBackend.append_logs
    written: list[int] = []

    def append(self: Any, logs: Any) -> None:
        written.append(1)
        if len(written) > 20:
            raise OSError(28, "No space left on device")
        original(self, logs)

    with monkeypatch.context() as patch:
        patch.setattr(JournalFileBackend, "append_logs", append)
        assert tune(*GRID, "--no_final_run") == 1
    (line,) = errors(capsys)
    assert "No space left on device" in line
    assert tune(*GRID, "--no_final_run") == 0
    assert len(rows()) == 4


def test_a_baseline_is_searched_too() -> None:
    assert tune("--tune", "--models", "lda", "--num_topics", "2,3", "--no_final_run") == 0
    assert len(rows(Path("result/tuning/baseline/my_dataset/lda"))) == 2


def test_dry_run_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert tune(*GRID, "--dry_run") == 0
    assert str(FOLDER) in capsys.readouterr().out
    assert not Path("result").exists()


def test_embeddings_are_searched_where_they_are_prepared(here: Path) -> None:
    shutil.copytree("workspace/my_dataset/embeddings/0.6B_zero_shot", "kept")
    flags = ["--dataset", "my_dataset", "--model_size", "4B", "--gpu", "-1", "--quiet"]
    assert prepare.main(flags) == 0
    assert tune("--tune", "--model_size", "0.6B,4B", "--num_topics", "3", "--no_final_run") == 0
    found = rows(Path("result/tuning/0.6B_4B/my_dataset/zero_shot"))
    assert [row["model_size"] for row in found] == ["0.6B", "4B"]


def test_an_estimated_number_of_topics_is_one_of_the_values(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    estimates = []

    def estimate(bow: Any, vectors: Any, seed: int) -> Any:
        estimates.append((bow.shape[0], vectors is not None, seed))
        return topic_count_estimate(4)

    monkeypatch.setattr("theta.pipeline.topic_count.estimate_topic_count", estimate)
    flags = ("--tune", "--num_topics", "auto,3,4", "--hidden_dim", "16", "--no_final_run")
    assert tune(*flags) == 0
    # The mean of 80 % of the documents; one estimate for all trials. 4 is tried once.
    assert estimates == [(73, True, 0)]
    assert [row["num_topics"] for row in rows()] == ["4", "3"]
    found = result()
    assert found["topic_count"]["number"] == 4
    assert found["notes"][0].startswith("--num_topics auto is 4 topics; 11 to 27 cannot be told")
    assert "--num_topics auto" not in found["recommended"]["command"]
    assert tune(*flags, "--workers", "1") == 0  # goes on: nothing is trained again
    assert len(rows()) == 2


def test_one_estimated_number_is_kept_while_others_vary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "theta.pipeline.topic_count.estimate_topic_count", lambda *_: topic_count_estimate(3)
    )
    assert tune("--tune", "--num_topics", "auto", "--l2", "0,0.1", "--no_final_run") == 0
    assert len(rows()) == 2
    assert "--num_topics 3" in result()["recommended"]["command"]


def test_halves_of_the_documents_are_an_objective() -> None:
    flags = ("--tune", "--num_topics", "2,3", "--objective", "halves,TD@10", "--no_final_run")
    assert tune(*flags) == 0
    values = [float(row["halves"]) for row in rows()]
    assert all(0 <= value <= 1 for value in values)
    assert result()["objectives"]["halves"]["better"] == "higher"
    # The topics of the trial itself do not change.
    topics = {key: record["topics"] for key, record in records().items()}
    shutil.rmtree(FOLDER)
    assert tune("--tune", "--num_topics", "2,3", "--objective", "TD@10", "--no_final_run") == 0
    assert {key: record["topics"] for key, record in records().items()} == topics


def test_vocabularies_of_the_same_texts_are_searched(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree("data/my_dataset", "data/small")
    flags = ["--dataset", "small", "--vocab_size", "12", "--min_tokens", "0", "--gpu", "-1"]
    assert prepare.main([*flags, "--quiet"]) == 0
    search = ("--tune", "--dataset", "my_dataset,small", "--num_topics", "3", "--no_final_run")
    assert tune(*search) == 0
    found = rows(Path("result/tuning/0.6B/my_dataset_small/zero_shot"))
    assert [row["dataset"] for row in found] == ["my_dataset", "small"]
    content = result(Path("result/tuning/0.6B/my_dataset_small/zero_shot"))
    assert "PPL" not in content["objectives"]
    assert any("The vocabularies differ" in note for note in content["notes"])
    assert (
        f"--dataset {content['recommended']['setting']['dataset']}"
        in (content["recommended"]["command"])
    )
    write_csv(here / "data" / "small" / "documents.csv", themed_rows(60))
    assert prepare.main([*flags, "--quiet"]) == 0
    capsys.readouterr()
    shutil.rmtree("result")
    assert tune(*search) == 3
    (line,) = errors(capsys)
    assert "--dataset my_dataset,small: a search compares vocabularies of the same" in line


def test_charts_and_page_are_titled_in_chinese() -> None:
    assert tune(*GRID, "--no_final_run", "--language", "zh", drawn=True) == 0
    page = (FOLDER / "report.html").read_text(encoding="utf-8")
    assert "<h2>各选项的重要性</h2>" in page
    assert "<h2>Importance" not in page
