"""python -m theta.corpus.clean: texts in, the same texts cleaned out."""

from __future__ import annotations

if __name__ == "__main__":
    # Late: cleaning itself knows no command line.
    from theta.cli.clean import main

    raise SystemExit(main())
