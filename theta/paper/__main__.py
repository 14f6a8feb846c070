"""python -m theta.paper: what a paper needs of a finished run."""

from __future__ import annotations

if __name__ == "__main__":
    # Imported late: the modules of this package do not depend on the command line.
    from theta.cli.finished_run import paper

    raise SystemExit(paper())
