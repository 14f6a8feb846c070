"""Draw a run: the charts and the interactive report page."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from pathlib import Path

from theta.errors import InvalidOption
from theta.layout import ProjectPaths, RunFiles
from theta.pipeline.charts import CHARTS
from theta.pipeline.effect_charts import effect_charts
from theta.plots.save import save
from theta.report.build import build_report, build_topic_browser
from theta.report.content import content
from theta.run import Run

logger = logging.getLogger(__name__)

FORMATS = ("png", "svg")

PAGE = "report"
"""Name that selects the report page and the topic browser."""

EFFECTS = "effects"
"""Name that selects the figures of effects of covariates, one per term."""


def draw(
    run: Run, files: RunFiles, language: str, only: Sequence[str] = (), dpi: int = 300
) -> list[Path]:
    """Write the charts that the run has data for, and the report page.

    Parameters
    ----------
    run : Run
    files : RunFiles
        Where to write.
    language : {"en", "zh"}
        Language of titles and labels.
    only : sequence of str
        Names of charts, `EFFECTS` or `PAGE`; everything if empty.
    dpi : int

    Returns
    -------
    list of Path
        The files written.
    """
    wanted = only or (*CHARTS, EFFECTS, PAGE)
    charts = [name for name in wanted if name in CHARTS]
    drawn = _draw_charts(run, files, language, charts, dpi) if charts else []
    if EFFECTS in wanted:
        drawn += _draw_effects(run, files, language, dpi)
    return drawn + _write_page(run, files, language) if PAGE in wanted else drawn


def _draw_charts(
    run: Run, files: RunFiles, language: str, names: Sequence[str], dpi: int
) -> list[Path]:
    began = time.perf_counter()
    drawn: list[Path] = []
    for name in names:
        reason = CHARTS[name].missing(run)
        if reason is not None:
            logger.info("No chart %s: %s", name, reason)
            continue
        figure = CHARTS[name].draw(run, language)
        for suffix in FORMATS:
            save(figure, files.figure(name, suffix), dpi)
            drawn.append(files.figure(name, suffix))
    n_charts = len(drawn) // len(FORMATS)
    charts = "1 chart" if n_charts == 1 else f"{n_charts} charts"
    logger.info("Drew %s: %.1f s", charts, time.perf_counter() - began)
    return drawn


def _draw_effects(run: Run, files: RunFiles, language: str, dpi: int) -> list[Path]:
    """Write a figure for each term of the effects of a run, in place of earlier ones."""
    for path in files.effect_figures():
        path.unlink()
    drawn: list[Path] = []
    for term, figure in effect_charts(run, language):
        for suffix in FORMATS:
            save(figure, files.effect_figure(term, suffix), dpi)
            drawn.append(files.effect_figure(term, suffix))
    return drawn


def _write_page(run: Run, files: RunFiles, language: str) -> list[Path]:
    began = time.perf_counter()
    files.visualizations.mkdir(parents=True, exist_ok=True)
    page = content(run, language)
    files.report.write_text(build_report(page), encoding="utf-8")
    files.topic_browser.write_text(build_topic_browser(page), encoding="utf-8")
    megabytes = files.report.stat().st_size / 1e6
    logger.info("Wrote the report: %.1f MB, %.1f s", megabytes, time.perf_counter() - began)
    return [files.report, files.topic_browser]


def redraw(
    folder: Path, project: ProjectPaths, *, only: Sequence[str], dpi: int, language: str
) -> list[Path]:
    """Draw charts and report page of a finished run again and return their paths.

    Parameters
    ----------
    folder : Path
        Folder of the run.
    project : ProjectPaths
    only : sequence of str
        Names of charts, `EFFECTS` or `PAGE`; everything if empty.
    dpi : int
    language : {"en", "zh"}
        Language of titles and labels.

    Raises
    ------
    InvalidOption
        If there is no chart of a given name.
    MissingFile
        If there is no finished run, or its data are gone or have changed.
    """
    known = (*CHARTS, EFFECTS, PAGE)
    unknown = [name for name in only if name not in known]
    if unknown:
        raise InvalidOption(f"--only {unknown[0]}: the choices are {', '.join(known)}")
    run = Run.open(folder, project)
    run.require_current()
    with run.renewing() as new:
        drawn = draw(run, new, language, only, dpi)
    return [folder / path.relative_to(new.root) for path in drawn]
