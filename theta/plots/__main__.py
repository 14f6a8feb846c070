"""python -m theta.plots: draw the charts and the page of a finished run again."""

from __future__ import annotations

if __name__ == "__main__":
    # Late: the charts themselves know no command line.
    from theta.cli.plots import main

    raise SystemExit(main())
