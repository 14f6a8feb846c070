"""Kits for coders: make one for a run, score what comes back, compare runs."""

from __future__ import annotations

import csv
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from theta import storage
from theta.corpus.ledger import SPREADSHEET_ENCODING, spreadsheet_cell
from theta.embeddings.api_client import ApiServer
from theta.errors import InvalidOption, MissingFile
from theta.intrusion.answers import COUNTED, Answer, read_answers
from theta.intrusion.coder_files import write_coder_files
from theta.intrusion.kit import ITSELF, Kit, make_kit, read_kit
from theta.intrusion.llm_coder import code_with_model
from theta.intrusion.scores import compare, score
from theta.layout import KitFiles, ProjectPaths, RunFiles
from theta.options.intrusion import KitOptions, ScoreOptions
from theta.pipeline.draw import PAGE, draw
from theta.pipeline.keep import write_topics
from theta.run import Run

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class KitReport:
    """A kit that was made, and its files."""

    kit: Kit
    files: Sequence[Path]
    key: Path
    answers: Path

    def counts(self) -> dict[str, tuple[int, int]]:
        """Return for each task the number of different items, and of those that coders share."""
        coders = Counter(q.item for q in self.kit.questions if q.coder != ITSELF)
        counts: dict[str, tuple[int, int]] = {}
        for item, n_coders in coders.items():
            task = self.kit.items[item].task
            all_items, common = counts.get(task, (0, 0))
            counts[task] = all_items + 1, common + (n_coders > 1)
        return counts


@dataclass(frozen=True)
class ScoreReport:
    """The scores of a run, and where they were written.

    Attributes
    ----------
    scores : mapping
        By task, as `theta.intrusion.scores.score` returns them.
    files : RunFiles
    n_answers, n_counted : int
    """

    scores: Mapping[str, Any]
    files: RunFiles
    n_answers: int
    n_counted: int


def make(folder: Path, project: ProjectPaths, options: KitOptions) -> KitReport:
    """Make the kit of a finished run: the coders' files, and the key inside the run.

    Raises
    ------
    MissingFile
        If there is no finished run, or its data are gone or have changed.
    InvalidOption
        If the run has too few topics, or the files would overwrite others.
    """
    run = Run.open(folder, project)
    run.require_current()
    if run.num_topics < 2:
        raise InvalidOption(f"{folder} has one topic: an intruder needs another topic to come from")
    kit, notes = make_kit(run, options)
    for note in notes:
        logger.warning("%s", note)
    if not kit.items:
        raise InvalidOption(f"{folder}: no item can be made of {', '.join(options.tasks)}")
    files = run.files.kit if options.output_dir is None else KitFiles(options.output_dir)
    written = write_coder_files(files, kit, options.spreadsheet)
    key = run.files.intrusion_key(kit.name)
    if not key.exists():
        with run.renewing() as new:
            storage.write_json(new.intrusion_key(kit.name), kit.record())
    return KitReport(kit, written, key, files.answers)


def score_run(folder: Path, project: ProjectPaths, options: ScoreOptions) -> ScoreReport:
    """Score the answers of coders and add the scores to the tables and the page of the run.

    Raises
    ------
    MissingFile
        If there is no finished run or kit, or a file of answers is missing.
    InvalidOption
        If no answer counts; the run stays as it was.
    """
    run = Run.open(folder, project)
    kits = {kit.name: kit for kit in map(read_kit, map(_checked(run), run.files.intrusion_keys))}
    if not kits:
        raise MissingFile(
            f"{folder} has no kit for coders", f"make one: theta intrusion make --run {folder}"
        )
    paths = [*options.answers, *_code_with_model(run, kits, options)]
    answers, problems = read_answers(paths, kits, run.topics_checksum)
    for problem in problems:
        logger.warning("%s", problem)
    scores = score(answers, run.numbers)
    if not scores:
        raise InvalidOption(
            f"none of the {len(answers)} rows in {len(paths)} files is an answer that counts; "
            f"{folder} stays as it was"
        )
    run.coding = scores
    with run.renewing() as new:
        content = {"kits": sorted(kits), "topics": run.topics_checksum, "tasks": scores}
        storage.write_json(new.intrusion_scores, content)
        _write_table(new.intrusion_table, scores)
        _write_ledger(new.intrusion_ledger, answers)
        write_topics(new.topics_table, run)
        _redraw_page(run, new)
    n_counted = sum(answer.status == COUNTED for answer in answers)
    return ScoreReport(scores, run.files, len(answers), n_counted)


def _checked(run: Run) -> Any:
    """Return the function that checks a file of the run against its manifest."""
    assert run.folder is not None
    return run.folder.checked


def _code_with_model(run: Run, kits: Mapping[str, Kit], options: ScoreOptions) -> list[Path]:
    """Let the language model of the options answer; return the file of its answers, if any."""
    if options.coder_api_base is None or options.coder_model is None:
        return []
    server = ApiServer(
        options.coder_api_base,
        options.coder_model,
        options.coder_api_key_env,
        "--coder_api",
        "--coder_model",
    )
    path = options.coder_answers or run.files.kit.model_answers(options.coder_model)
    current = {name: kit for name, kit in kits.items() if kit.topics == run.topics_checksum}
    code_with_model(server, current, path)
    return [path]


def _redraw_page(run: Run, new: RunFiles) -> None:
    """Draw the page again if the run has one and its data are as they were."""
    assert run.folder is not None
    if not run.folder.has(run.files.report):
        return
    try:
        run.require_current()
    except MissingFile as error:
        logger.warning("The page stays without the scores: %s", error)
        return
    draw(run, new, run.options.language, [PAGE])


def _write_table(path: Path, scores: Mapping[str, Any]) -> None:
    """Write a row per task and topic, after one for the whole run."""
    with path.open("w", newline="", encoding=SPREADSHEET_ENCODING) as handle:
        writer = csv.writer(handle)
        writer.writerow(["task", "topic", "value", "low", "high", "answers", "chance"])
        for task, scored in scores.items():
            for row in [{"topic": "all", **scored}, *scored["per_topic"]]:
                ends = row["interval"] or ["", ""]
                cells = [task, row["topic"], row["value"], *ends, row["answers"]]
                writer.writerow([*cells, "" if scored["chance"] is None else scored["chance"]])


def _write_ledger(path: Path, answers: Sequence[Answer]) -> None:
    with path.open("w", newline="", encoding=SPREADSHEET_ENCODING) as handle:
        writer = csv.writer(handle)
        header = ["file", "line", "id", "coder", "task", "topic", "answer", "status", "right"]
        writer.writerow(header)
        for answer in answers:
            item = answer.item
            what: list[Any] = ["", ""] if item is None else [item.task, item.topic]
            right = ""
            if item is not None and item.intruder is not None and answer.choice is not None:
                right = "yes" if answer.is_right else "no"
            cells = [answer.file, answer.line, answer.id, answer.coder, *what, answer.text]
            writer.writerow([*map(spreadsheet_cell, cells), answer.status, right])


def compare_scores(folders: Sequence[Path]) -> dict[str, Any]:
    """Return the scores of several runs, and how much the first one differs from the others.

    Raises
    ------
    MissingFile
        If a folder is not a finished run, or has no scores.
    InvalidOption
        If there are fewer than two runs.
    """
    if len(set(folders)) < 2:
        raise InvalidOption("theta intrusion compare needs two runs or more: RUN RUN...")
    scores: dict[str, Any] = {}
    for folder in dict.fromkeys(folders):
        scores[str(folder)] = Run.open(folder).coding
        if not scores[str(folder)]:
            raise MissingFile(
                f"{folder} has no scores", f"theta intrusion score --run {folder} FILE..."
            )
    return {"runs": scores, "differences": compare(scores)}
