"""Draw a search: the charts as files, and the page."""

from __future__ import annotations

from theta import storage
from theta.plots.save import save
from theta.tuning.charts import CHARTS
from theta.tuning.conclusion import Conclusion
from theta.tuning.report import build_page

_FORMATS = ("png", "svg")


def draw(found: Conclusion) -> None:
    """Write the charts that the search has data for, and the page.

    Raises
    ------
    ThetaError
        If a file cannot be written.
    """
    files, language = found.plan.files, found.plan.options.language
    figures = {}
    for name, chart in CHARTS.items():
        paths = {suffix: files.figure(name, suffix) for suffix in _FORMATS}
        if chart.missing(found):
            for path in paths.values():
                path.unlink(missing_ok=True)  # of an earlier state of the search
            continue
        figure = chart.draw(found, language)
        for path in paths.values():
            with storage.replacing_file(path) as new:
                save(figure, new)
        figures[name] = paths["svg"].read_text(encoding="utf-8")
    with storage.replacing_file(files.report) as new:
        new.write_text(build_page(found, figures), encoding="utf-8")
