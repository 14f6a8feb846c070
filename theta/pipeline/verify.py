"""Is a finished run what its own record says? Train it again and compare, bit for bit."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from theta import storage
from theta.errors import ThetaError
from theta.layout import ProjectPaths, RunFiles
from theta.options import RunOptions
from theta.pipeline.device import choose_device
from theta.pipeline.evaluate import evaluate, read_metrics
from theta.pipeline.labels import learns_labels
from theta.pipeline.model_tables import tables_of
from theta.pipeline.prepared import load_prepared, required_dataset
from theta.pipeline.results import library_versions, load_output, model_of, options_from_json
from theta.pipeline.threads import computing_with
from theta.pipeline.train import train

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Verification:
    """What a second training found.

    Attributes
    ----------
    run : Path
    differences : tuple of str
        What is not as recorded; empty if the run repeats.
    notes : tuple of str
        What is other than then, and may be why: versions, device.
    """

    run: Path
    differences: tuple[str, ...]
    notes: tuple[str, ...]


def verify(folder: Path, project: ProjectPaths) -> Verification:
    """Check every file of a run, train it again from its record and compare the numbers.

    Raises
    ------
    MissingFile
        If there is no finished run, or what it stands on is not prepared.
    """
    files = RunFiles(folder)
    manifest = storage.read_manifest(folder, "run_pipeline.py")
    damaged = _damaged_files(folder, manifest)
    if damaged:
        return Verification(folder, tuple(damaged), ())
    config = storage.read_json(files.config)
    options: RunOptions = options_from_json(RunOptions, config["options"])
    model = model_of(config)()
    model_options = options_from_json(model.Options, config["model_options"])
    needs_embeddings = "embeddings" in model.needs
    prepared = load_prepared(
        required_dataset(options),
        options.model_size,
        options.mode,
        project,
        with_embeddings=needs_embeddings,
    )
    differences = [
        f"the {name} it stands on had the fingerprint {then}, now {now}"
        for name, now in prepared.fingerprints(with_embeddings=needs_embeddings).items()
        if (then := config["fingerprints"].get(name)) != now
    ]
    device = choose_device(options.gpu)
    notes = [
        f"{name} was {then}, is {now}"
        for name, now in {**library_versions(), "device": device}.items()
        if (then := {**config["versions"], "device": config["device"]}.get(name)) != now
    ]
    if differences:
        return Verification(folder, tuple(differences), tuple(notes))
    # Another number of threads adds in another order. Runs of earlier versions did not record it.
    with computing_with(config.get("threads")):
        seed = int(config["seed"])
        supervised = learns_labels(model.name, options.mode)
        again = train(model, prepared, model_options, (seed,), device, supervised=supervised).output
        then_output = load_output(files, manifest)
        for name in ("doc_topic", "topic_word"):
            then_array, now_array = getattr(then_output, name), getattr(again, name)
            if not np.array_equal(then_array, now_array):
                largest = float(np.abs(then_array - now_array).max())
                differences.append(f"{name} differs by up to {largest:.3g}")
        vocabulary = prepared.corpus.vocabulary
        differences += [
            f"{files.model_table(then_table.name).name} differs"
            for then_table, now_table in zip(
                tables_of(model, then_output, vocabulary),
                tables_of(model, again, vocabulary),
                strict=True,
            )
            if then_table != now_table
        ]
        if files.evaluation.exists():
            then_metrics = {metric.name: metric.value for metric in read_metrics(files)}
            metrics = evaluate(
                model,
                model_options,
                prepared,
                again,
                reference=options.reference_corpus,
                device=device,
                seed=seed,
            )
            differences += [
                f"{metric.name} was {then_metrics.get(metric.name)}, is {metric.value}"
                for metric in metrics
                if not _is_same_value(then_metrics.get(metric.name), metric.value)
            ]
    return Verification(folder, tuple(differences), tuple(notes))


def _is_same_value(then: float | None, now: float | None) -> bool:
    """Return whether a metric is the same: its libraries may add in another order."""
    if then is None or now is None:
        return then is now
    return math.isclose(then, now, rel_tol=1e-12, abs_tol=1e-15)


def _damaged_files(folder: Path, manifest: dict[str, object]) -> list[str]:
    found = []
    files = manifest["files"]
    assert isinstance(files, dict)
    for name in files:
        try:
            storage.check_file(folder / name, manifest)
        except ThetaError as error:
            found.append(str(error))
    return found
