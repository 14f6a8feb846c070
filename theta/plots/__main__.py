"""python -m theta.plots: draw the charts and the page of a finished run again."""

from __future__ import annotations

if __name__ == "__main__":
    # Imported late: the chart modules do not depend on the command line.
    from theta.cli.finished_run import plots

    raise SystemExit(plots())
