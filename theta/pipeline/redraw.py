"""Draw the charts and the page of a finished run again; nothing else of it changes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from theta import storage
from theta.errors import InvalidOption, MissingFile
from theta.layout import ProjectPaths, RunFiles
from theta.options import RunOptions
from theta.pipeline.evaluate import read_metrics
from theta.pipeline.page import write_page
from theta.pipeline.prepared import load_prepared, required_dataset
from theta.pipeline.results import load_output, model_of, options_from_json
from theta.pipeline.visualize import visualize
from theta.plots.charts import CHARTS

PAGE = "report"
"""What `only` calls the page and the topic browser."""


def redraw(
    folder: Path, project: ProjectPaths, *, only: Sequence[str], dpi: int, language: str
) -> list[Path]:
    """Draw charts and page of a finished run and return where they lie.

    Parameters
    ----------
    folder : Path
        The run.
    project : ProjectPaths
    only : sequence of str
        Names of charts, and `PAGE` for the page; everything if empty.
    dpi : int
    language : {"en", "zh"}
        Of the labels.

    Raises
    ------
    InvalidOption
        If there is no chart of a name.
    MissingFile
        If there is no finished run, or what it stands on is gone.
    """
    wanted = only or (*CHARTS, PAGE)
    unknown = [name for name in wanted if name not in CHARTS and name != PAGE]
    if unknown:
        names = ", ".join((*CHARTS, PAGE))
        raise InvalidOption(f"--only {unknown[0]}: what can be drawn are {names}")
    files = RunFiles(folder)
    manifest = storage.read_manifest(folder, "run_pipeline.py")
    storage.check_file(files.config, manifest)
    config = storage.read_json(files.config)
    options: RunOptions = options_from_json(RunOptions, config["options"])
    with_embeddings = "embeddings" in model_of(config).needs
    prepared = load_prepared(
        required_dataset(options),
        options.model_size,
        options.mode,
        project,
        with_embeddings=with_embeddings,
    )
    if prepared.fingerprints(with_embeddings=with_embeddings) != config["fingerprints"]:
        raise MissingFile(f"{folder} stands on another preparation than the one that is there now")
    output = load_output(files, manifest)
    metrics = read_metrics(files) if files.evaluation.exists() else []
    with storage.replacing(folder, manifest["stands_on"]) as new:
        storage.copy_listed(folder, manifest, new)
        drawn: list[Path] = []
        charts = [name for name in wanted if name != PAGE]
        if charts:
            drawn += visualize(
                prepared, output, metrics, RunFiles(new), language=language, only=charts, dpi=dpi
            )
        if PAGE in wanted:
            drawn += write_page(prepared, output, metrics, RunFiles(new), config, language=language)
    return [folder / path.relative_to(new) for path in drawn]
