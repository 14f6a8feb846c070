"""python -m theta.intrusion: topics judged by coders."""

from __future__ import annotations

if __name__ == "__main__":
    # Imported late: the modules of this package do not depend on the command line.
    from theta.cli.intrusion import main

    raise SystemExit(main())
