"""python -m theta: the command `theta` where it is not installed on the PATH."""

from __future__ import annotations

if __name__ == "__main__":
    from theta.cli.main import main

    raise SystemExit(main())
