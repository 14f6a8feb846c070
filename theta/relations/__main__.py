"""python -m theta.relations: correlations of the topics of a finished run, and shares by group."""

from __future__ import annotations

if __name__ == "__main__":
    # Imported late: the modules of this package do not depend on the command line.
    from theta.cli.finished_run import relations

    raise SystemExit(relations())
