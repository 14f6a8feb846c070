"""trials.csv and tuning.json."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from theta import storage
from theta.corpus.ledger import SPREADSHEET_ENCODING, spreadsheet_cell
from theta.evaluation.metrics import METRICS
from theta.layout import TuningFiles
from theta.tuning.conclusion import Conclusion
from theta.tuning.journal import Trial
from theta.tuning.judge import HALVES
from theta.tuning.plan import Plan
from theta.tuning.space import Setting


def describe_setting(setting: Setting) -> str:
    """Return a setting as text: ``num_topics 20, learning_rate 0.002``."""
    return ", ".join(f"{name} {value}" for name, value in setting.items())


def write_trials(path: Path, plan: Plan, trials: Sequence[Trial]) -> None:
    """Write one row per training; a trial that has not ended any has one row.

    Parameters
    ----------
    path : Path
    plan : Plan
    trials : sequence of Trial
    """
    options = [dimension.name for dimension in plan.space.dimensions]
    measured = {name for t in trials for r in t.records.values() for name in r["metrics"]}
    metrics = [name for name in (*METRICS, HALVES) if name in measured]
    header = ["trial", "state", *options, "seed", *metrics, "epochs", "seconds", "reason"]
    with (
        storage.replacing_file(path) as new,
        new.open("w", newline="", encoding=SPREADSHEET_ENCODING) as handle,
    ):
        writer = csv.writer(handle)
        writer.writerow(header)
        for trial in trials:
            values = [spreadsheet_cell(str(trial.setting[name])) for name in options]
            nothing: dict[Any, Mapping[str, Any]] = {"": {}}
            for seed, record in (trial.records or nothing).items():
                measures = record.get("metrics", {})
                writer.writerow(
                    [
                        trial.number,
                        record.get("state", trial.state),
                        *values,
                        seed,
                        *(measures.get(name) for name in metrics),
                        record.get("epochs"),
                        record.get("seconds"),
                        spreadsheet_cell((record.get("reason", "").splitlines() or [""])[0]),
                    ]
                )


def write_result(files: TuningFiles, conclusion: Conclusion) -> None:
    """Write tuning.json."""
    with storage.replacing_file(files.result) as new:
        storage.write_json(new, record_of(conclusion))


def record_of(conclusion: Conclusion) -> dict[str, Any]:
    """Return what a search found, ready for JSON."""
    plan = conclusion.plan
    settings = {trial.number: trial.setting for trial in conclusion.trials}
    return {
        "recommended": {
            "trial": conclusion.recommended.number,
            "setting": conclusion.recommended.setting,
            "values": conclusion.values[conclusion.recommended.number],
            "reasons": conclusion.reasons,
            "command": conclusion.command,
        },
        "cannot_be_told_apart": [
            {"trial": number, "setting": settings[number], "values": conclusion.values[number]}
            for number in conclusion.equals
        ],
        "ranges": conclusion.ranges,
        "front": [
            {"trial": number, "setting": settings[number], "values": conclusion.values[number]}
            for number in conclusion.front
        ],
        "notes": list(conclusion.notes),
        "importance": conclusion.importance,
        "objectives": {
            one.name: {
                "better": "higher" if one.higher else "lower",
                "meaning": one.meaning,
                "noise_sd": noise.sd if (noise := conclusion.noise.get(one.name)) else None,
                "margin": noise.margin if noise else None,
            }
            for one in conclusion.objectives
        },
        "space": plan.space.record(),
        "topic_count": None if plan.topic_count is None else plan.topic_count.record(),
        "sampler": plan.sampler,
        "seeds": list(plan.seeds),
        "trials": {
            state: sum(trial.state == state for trial in conclusion.trials)
            for state in ("finished", "stopped", "failed", "running")
        },
        "seconds": {
            "search": round(conclusion.seconds, 3),
            "trainings": round(conclusion.training_seconds, 3),
        },
    }
