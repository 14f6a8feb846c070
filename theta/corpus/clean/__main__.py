"""python -m theta.corpus.clean: remove markup and other noise from texts."""

from __future__ import annotations

if __name__ == "__main__":
    # Imported late: cleaning itself does not depend on the command line.
    from theta.cli.clean import main

    raise SystemExit(main())
