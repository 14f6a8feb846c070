"""python -m theta.trends: topics over time in a finished run."""

from __future__ import annotations

if __name__ == "__main__":
    # Imported late: the modules of this package do not depend on the command line.
    from theta.cli.finished_run import trends

    raise SystemExit(trends())
